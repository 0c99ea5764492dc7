"""onnx.json: a small model built and written by ONNX's own Python package, and the output of its reference implementation."""
from golden_io import f32, grid, write

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

WORDS = (
    "input 5x4x2; conv2d 3 2x3 stride 2x1 same relu; max_pooling2d 2x2 stride 2x2 same; up_sampling2d 2x3; flatten; "
    "dense 6 linear; reshape 2x3x1; activation sigmoid"
)
rng = np.random.default_rng(11)
kernel1, bias1 = f32(grid(rng, (2, 3, 2, 3), -1, 1)), f32(grid(rng, (3,), -1, 1))
kernel2, bias2 = f32(grid(rng, (4 * 6 * 3, 6), -1, 1)), f32(grid(rng, (6,), -1, 1))

nodes = [
    helper.make_node("Transpose", ["input"], ["conv2d_1/nchw"], "conv2d_1/nchw", perm=[0, 3, 1, 2]),
    # 5 rows, window height 2, stride 2: 3 positions, one row of padding at the end. 4 columns, width 3: one column on each side.
    helper.make_node("Conv", ["conv2d_1/nchw", "conv2d_1/kernel", "conv2d_1/bias"], ["conv2d_1"], "conv2d_1",
                     kernel_shape=[2, 3], pads=[0, 1, 1, 1], strides=[2, 1]),
    helper.make_node("Relu", ["conv2d_1"], ["conv2d_1/relu"], "conv2d_1/relu"),
    # 3 rows in pairs: one row of padding, at the end.
    helper.make_node("MaxPool", ["conv2d_1/relu"], ["max_pooling2d_1"], "max_pooling2d_1",
                     kernel_shape=[2, 2], pads=[0, 0, 1, 0], strides=[2, 2]),
    helper.make_node("Resize", ["max_pooling2d_1", "", "up_sampling2d_1/scales"], ["up_sampling2d_1"], "up_sampling2d_1",
                     coordinate_transformation_mode="asymmetric", mode="nearest", nearest_mode="floor"),
    helper.make_node("Transpose", ["up_sampling2d_1"], ["flatten_1/nhwc"], "flatten_1/nhwc", perm=[0, 2, 3, 1]),
    helper.make_node("Flatten", ["flatten_1/nhwc"], ["flatten_1"], "flatten_1", axis=1),
    helper.make_node("Gemm", ["flatten_1", "dense_1/kernel", "dense_1/bias"], ["dense_1"], "dense_1"),
    helper.make_node("Reshape", ["dense_1", "reshape_1/shape"], ["reshape_1"], "reshape_1"),
    helper.make_node("Sigmoid", ["reshape_1"], ["output"], "activation_1"),
]
constants = {
    "conv2d_1/kernel": kernel1.transpose(3, 2, 0, 1),
    "conv2d_1/bias": bias1,
    "up_sampling2d_1/scales": f32([1, 1, 2, 3]),
    "dense_1/kernel": kernel2,
    "dense_1/bias": bias2,
    "reshape_1/shape": np.array([0, 2, 3, 1], np.int64),
}
initializers = [numpy_helper.from_array(np.ascontiguousarray(array), name) for name, array in constants.items()]
ends = [
    helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape], doc)
    for name, shape, doc in [
        ("input", (5, 4, 2), "samples, the first axis counting them; images are height, width, channels, in [0, 1]"),
        ("output", (2, 3, 1), "what the model makes of them, in the same order of axes"),
    ]
]
model = helper.make_model(
    helper.make_graph(nodes, "whole", [ends[0]], [ends[1]], initializers),
    producer_name="auto-encoder workbench",
    doc_string=f"an auto-encoder, whole: {WORDS}",
    ir_version=7,
    # The domain of ONNX's own operators is empty or, as here, omitted.
    opset_imports=[onnx.OperatorSetIdProto(version=13)],
)
helper.set_model_props(model, {"architecture": WORDS, "part": "whole"})
onnx.checker.check_model(model, full_check=True)

x = f32(grid(rng, (3, 5, 4, 2), -1, 1))
y, = ReferenceEvaluator(model).run(None, {"input": x})
write("onnx.json", ["onnx", "numpy"], {
    "words": WORDS,
    "weights": {"conv2d_1/kernel": kernel1, "conv2d_1/bias": bias1, "dense_1/kernel": kernel2, "dense_1/bias": bias2},
    # The version of the producer is left out: it is that of the workbench.
    "file": model.SerializeToString(deterministic=True).hex(),
    "x": x,
    "reference_f32": y,
})
