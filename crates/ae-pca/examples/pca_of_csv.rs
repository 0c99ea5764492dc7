//! Computes the principal components of a table:
//! `cargo run -p ae-pca --example pca_of_csv -- FILE.csv`, with comma-separated numbers below one
//! line of names. Without a file it uses a table of five flowers.

use ae_pca::Pca;
use ae_tensor::Tensor;
use std::error::Error;

/// R. A. Fisher's irises, "The use of multiple measurements in taxonomic problems", 1936: five of
/// 150, in centimeters.
const FLOWERS: &str = "sepal length,sepal width,petal length,petal width\n5.1,3.5,1.4,0.2\n4.9,3.0,1.4,0.2\n\
                       7.0,3.2,4.7,1.4\n6.3,3.3,6.0,2.5\n5.8,2.7,5.1,1.9\n";

/// The names of the columns, and the rows as `[rows, columns]`.
fn table(text: &str) -> Result<(Vec<&str>, Tensor), Box<dyn Error>> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let names: Vec<&str> = lines.next().ok_or("the line of names is missing")?.split(',').collect();
    let mut values: Vec<f32> = Vec::new();
    for (number, line) in (2..).zip(lines) {
        for field in line.split(',') {
            let value = field.trim().parse();
            values.push(value.map_err(|_| format!("line {number}: {field:?} is not a number"))?);
        }
        if values.len() != (number - 1) * names.len() {
            return Err(format!("line {number}: expected {} numbers", names.len()).into());
        }
    }
    let rows = values.len() / names.len();
    Ok((names.clone(), Tensor::new([rows, names.len()], values)))
}

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).map_or(Ok(FLOWERS.into()), std::fs::read_to_string)?;
    let (names, x) = table(&text)?;
    let pca = Pca::fit(&x, None)?;
    for (row, ratio) in pca.explained_variance_ratio().iter().enumerate() {
        let weights = names.iter().zip(pca.components().row(row));
        let weights: Vec<String> = weights.map(|(name, w)| format!("{w:+.3} {name}")).collect();
        println!("{:5.1} % {}", 100.0 * ratio, weights.join(" "));
    }
    Ok(())
}
