//! What a wrong sign looks like: `cargo run -p ae-gradcheck --example wrong_sign`.

use ae_gradcheck::{Broken, Bug, Options, check};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = "input 6; dense 5 tanh; dense 3 relu | dense 6 sigmoid".parse()?;
    let broken = Some(Broken { bug: Bug::Sign, layer: Some("dense_2".into()) });
    let report = check(&model, None, &Options { broken, ..Options::default() })?;
    for row in &report.rows {
        let factor = row.factor().map_or(String::new(), |factor| format!("  {factor:.3} times"));
        println!("{}/{}: {:.1e} roundings{factor}", row.layer, row.parameter, row.roundings());
    }
    println!("it enters at {}", report.where_it_enters().unwrap_or("no layer"));
    Ok(())
}
