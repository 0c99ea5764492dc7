//! Runs a graph by the operators' definitions (onnx/docs/Operators.md, opset 13), in f64, element
//! by element. It supports the operators that we write, reads every attribute by its name, and
//! refuses unknown ones.
#![allow(dead_code, reason = "each test file is a program of its own and uses a part of this")]

mod windows;

use ae_onnx::proto::{Extent, GraphProto, NodeProto, TensorProto, ValueInfoProto, data_type};
use std::collections::BTreeMap;

/// Extents and elements, row-major.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) dims: Vec<usize>,
    pub(crate) data: Vec<f64>,
}

impl Array {
    pub(crate) fn new(dims: &[usize], data: Vec<f64>) -> Self {
        assert_eq!(dims.iter().product::<usize>(), data.len(), "{dims:?}");
        Self { dims: dims.to_vec(), data }
    }

    /// The element at these indices.
    pub(crate) fn at(&self, index: &[usize]) -> f64 {
        let place = self.dims.iter().zip(index).fold(0, |place, (&extent, &i)| {
            assert!(i < extent);
            place * extent + i
        });
        self.data[place]
    }

    /// The array of these extents whose element at each index is computed by `f`.
    pub(crate) fn from_fn(dims: &[usize], f: impl Fn(&[usize]) -> f64) -> Self {
        let data = (0..dims.iter().product()).map(|mut place| {
            let mut index = vec![0; dims.len()];
            for axis in (0..dims.len()).rev() {
                index[axis] = place % dims[axis];
                place /= dims[axis];
            }
            f(&index)
        });
        Self::new(dims, data.collect())
    }
}

/// Runs the graph on one input, which must be of the shape that it declares, and returns its
/// output, which is compared with the declared shape as well.
pub(crate) fn run(graph: &GraphProto, input: Array) -> Array {
    let [declared_in, declared_out] = [&graph.input, &graph.output].map(|values| {
        assert_eq!(values.len(), 1);
        &values[0]
    });
    check_shape(declared_in, &input.dims);
    let mut values: BTreeMap<&str, Array> = BTreeMap::new();
    for constant in &graph.initializer {
        let old = values.insert(&constant.name, decode(constant));
        assert!(old.is_none(), "two constants called {}", constant.name);
    }
    values.insert(&declared_in.name, input);
    for node in &graph.node {
        let inputs: Vec<Option<&Array>> = node
            .input
            .iter()
            .map(|name| match name.as_str() {
                "" => None,
                name => Some(
                    values.get(name).unwrap_or_else(|| panic!("{name} has not been computed yet")),
                ),
            })
            .collect();
        let output = Node { node, inputs }.run();
        let [name] = &node.output[..] else { panic!("{}: one output", node.name) };
        assert!(values.insert(name, output).is_none(), "two values called {name}");
    }
    let output = values[declared_out.name.as_str()].clone();
    check_shape(declared_out, &output.dims);
    output
}

/// Compares extents with declared ones; the first is a name.
fn check_shape(declared: &ValueInfoProto, found: &[usize]) {
    let tensor = declared.r#type.as_ref().and_then(|t| t.tensor_type.as_ref()).expect("a tensor");
    assert_eq!(tensor.elem_type, data_type::FLOAT);
    let dims = &tensor.shape.as_ref().expect("a shape").dim;
    assert_eq!(dims[0].value, Some(Extent::Param("batch".into())));
    let rest: Vec<Option<Extent>> =
        found[1..].iter().map(|&extent| Some(Extent::Value(extent as i64))).collect();
    assert!(dims[1..].iter().map(|dim| &dim.value).eq(&rest), "{declared:?}: found {found:?}");
}

fn decode(constant: &TensorProto) -> Array {
    let dims: Vec<usize> = constant.dims.iter().map(|&d| usize::try_from(d).unwrap()).collect();
    let raw = &constant.raw_data;
    let data = match constant.data_type {
        data_type::FLOAT => {
            let (numbers, rest) = raw.as_chunks::<4>();
            assert!(rest.is_empty());
            numbers.iter().map(|&bytes| f64::from(f32::from_le_bytes(bytes))).collect()
        }
        data_type::INT64 => {
            let (numbers, rest) = raw.as_chunks::<8>();
            assert!(rest.is_empty());
            numbers.iter().map(|&bytes| i64::from_le_bytes(bytes) as f64).collect()
        }
        other => panic!("{}: elements of type {other}", constant.name),
    };
    Array::new(&dims, data)
}

/// A node with its inputs.
pub(crate) struct Node<'a> {
    node: &'a NodeProto,
    inputs: Vec<Option<&'a Array>>,
}

impl Node<'_> {
    fn run(&self) -> Array {
        let x = self.input(0);
        let map =
            |f: &dyn Fn(f64) -> f64| Array::new(&x.dims, x.data.iter().copied().map(f).collect());
        let known: &[&str] = match self.node.op_type.as_str() {
            "Transpose" => &["perm"],
            "Flatten" => &["axis"],
            "LeakyRelu" | "Elu" => &["alpha"],
            other => windows::attributes(other),
        };
        let names: Vec<&str> = self.node.attribute.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, known, "{}", self.node.name);
        match self.node.op_type.as_str() {
            "Identity" => x.clone(),
            "Add" => {
                let y = self.input(1);
                assert_eq!(x.dims, y.dims, "{}", self.node.name);
                Array::new(&x.dims, x.data.iter().zip(&y.data).map(|(x, y)| x + y).collect())
            }
            "Relu" => map(&|x| x.max(0.0)),
            "Sigmoid" => map(&|x| 1.0 / (1.0 + (-x).exp())),
            "Tanh" => map(&f64::tanh),
            "Softplus" => map(&|x| x.exp().ln_1p()),
            "LeakyRelu" | "Elu" => {
                let alpha = f64::from(self.attribute("alpha").f.expect("a number"));
                let elu = self.node.op_type == "Elu";
                map(&|x| match x {
                    _ if x >= 0.0 => x,
                    _ if elu => alpha * x.exp_m1(),
                    _ => alpha * x,
                })
            }
            "Gemm" => {
                let (w, b) = (self.input(1), self.input(2));
                assert_eq!((x.dims.len(), w.dims[0], &b.dims[..]), (2, x.dims[1], &w.dims[1..]));
                Array::from_fn(&[x.dims[0], w.dims[1]], |i| {
                    let products = (0..w.dims[0]).map(|k| x.at(&[i[0], k]) * w.at(&[k, i[1]]));
                    products.sum::<f64>() + b.at(&[i[1]])
                })
            }
            "Transpose" => {
                let perm = self.sizes("perm");
                let dims: Vec<usize> = perm.iter().map(|&axis| x.dims[axis]).collect();
                Array::from_fn(&dims, |index| {
                    let mut from = vec![0; dims.len()];
                    perm.iter().zip(index).for_each(|(&axis, &i)| from[axis] = i);
                    x.at(&from)
                })
            }
            "Flatten" => {
                assert_eq!(self.attribute("axis").i, Some(1));
                Array::new(&[x.dims[0], x.dims[1..].iter().product()], x.data.clone())
            }
            "Reshape" => {
                let to = &self.input(1).data;
                let dims = to.iter().enumerate().map(|(axis, &extent)| match extent as usize {
                    0 => x.dims[axis],
                    extent => extent,
                });
                Array::new(&dims.collect::<Vec<_>>(), x.data.clone())
            }
            "Slice" => {
                let [from, to, axes] = [1, 2, 3].map(|i| &self.input(i).data);
                assert!(from.len() == axes.len() && to.len() == axes.len());
                let (mut starts, mut dims) = (vec![0; x.dims.len()], x.dims.clone());
                for ((&from, &to), &axis) in from.iter().zip(to).zip(axes) {
                    let (from, to, axis) = (from as usize, to as usize, axis as usize);
                    assert!(from < to && to <= x.dims[axis]);
                    (starts[axis], dims[axis]) = (from, to - from);
                }
                Array::from_fn(&dims, |index| {
                    let from: Vec<usize> = index.iter().zip(&starts).map(|(i, s)| i + s).collect();
                    x.at(&from)
                })
            }
            "Pad" => {
                // Without a mode and a value: zeros.
                let (before, after) = self.input(1).data.split_at(x.dims.len());
                let extents = x.dims.iter().zip(before).zip(after);
                let dims: Vec<usize> =
                    extents.map(|((&x, &b), &a)| x + b as usize + a as usize).collect();
                Array::from_fn(&dims, |index| {
                    let inside =
                        index.iter().zip(before).zip(&x.dims).map(|((&i, &b), &extent)| {
                            i.checked_sub(b as usize).filter(|&i| i < extent)
                        });
                    inside.collect::<Option<Vec<usize>>>().map_or(0.0, |index| x.at(&index))
                })
            }
            other => {
                self.on_images().unwrap_or_else(|| panic!("{}: operator {other}", self.node.name))
            }
        }
    }

    fn input(&self, i: usize) -> &Array {
        self.inputs
            .get(i)
            .copied()
            .flatten()
            .unwrap_or_else(|| panic!("{}: input {i}", self.node.name))
    }

    fn attribute(&self, name: &str) -> &ae_onnx::proto::AttributeProto {
        let attribute = self.node.attribute.iter().find(|attribute| attribute.name == name);
        attribute.unwrap_or_else(|| panic!("{}: no {name}", self.node.name))
    }

    /// A list of whole numbers that cannot be negative.
    fn sizes(&self, name: &str) -> Vec<usize> {
        let attribute = self.attribute(name);
        assert_eq!(attribute.r#type, ae_onnx::proto::attribute_type::INTS);
        attribute.ints.iter().map(|&i| usize::try_from(i).unwrap()).collect()
    }

    fn text(&self, name: &str) -> &[u8] {
        let attribute = self.attribute(name);
        assert_eq!(attribute.r#type, ae_onnx::proto::attribute_type::STRING);
        attribute.s.as_deref().unwrap_or_else(|| panic!("{name} is not a text"))
    }
}
