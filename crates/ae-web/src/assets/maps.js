// What a convolution sees at a place: the numbers under its kernel, and where they lie.

/**
 * How a convolution lies over its input, from the shapes before and after it: its strides, and the
 * rows and columns of zeros above and on the left. "same" pads as Keras does: half of what is
 * missing before, the other half, rounded up, after.
 */
function convolution(input, output, kernel) {
  const [strideY, padY] = along(input[0], output[0], kernel[0]);
  const [strideX, padX] = along(input[1], output[1], kernel[1]);
  return { strideY, strideX, padY, padX, height: kernel[0], width: kernel[1], channels: kernel[2] };
}

/** The stride along an axis, and the zeros before its first number. */
function along(input, output, kernel) {
  for (let stride = 1; stride <= Math.max(kernel, Math.ceil(input / output)); stride++) {
    if (Math.ceil(input / stride) === output) {
      const missing = Math.max(0, (output - 1) * stride + kernel - input);
      return [stride, Math.floor(missing / 2)];
    }
    if (Math.ceil((input - kernel + 1) / stride) === output) return [stride, 0];
  }
  return [1, 0];
}

/** The numbers [height, width, channels] under the kernel at a place of the output. */
function patchAt(values, [rows, columns, channels], conv, y, x) {
  const patch = [];
  for (let dy = 0; dy < conv.height; dy++) {
    for (let dx = 0; dx < conv.width; dx++) {
      const row = y * conv.strideY - conv.padY + dy;
      const column = x * conv.strideX - conv.padX + dx;
      const inside = row >= 0 && row < rows && column >= 0 && column < columns;
      for (let k = 0; k < channels; k++) {
        patch.push(inside ? values[(row * columns + column) * channels + k] : 0);
      }
    }
  }
  return patch;
}

/** The weights [height, width, channels] of one filter of a kernel with many. */
function filterOf(kernel, [height, width, channels, filters], filter) {
  return Array.from({ length: height * width * channels }, (_, i) => kernel[i * filters + filter]);
}

/** One channel of numbers [.., channels]. */
function channelOf(values, channels, channel) {
  const count = values.length / channels;
  return Float32Array.from({ length: count }, (_, i) => values[i * channels + channel]);
}
