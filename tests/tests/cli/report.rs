//! `report.html`: its numbers are those of the other files, a run in progress reads itself again,
//! and no text of a run becomes markup.

use crate::common;
use crate::common::files::{history, toml};
use crate::common::{DENOISE, DIVERGED, REPORT, SHORT_RUN, SUMS, Sandbox};
use std::collections::BTreeMap;
use std::fs;

type Files = BTreeMap<String, Vec<u8>>;

/// The page of a run.
#[track_caller]
fn page(files: &Files) -> &str {
    std::str::from_utf8(&files[REPORT]).expect("UTF-8")
}

/// The exact numbers of the table with this caption, row by row.
#[track_caller]
fn numbers(page: &str, caption: &str) -> Vec<Vec<f64>> {
    let from = page.find(&format!("<caption><span>{caption}</span></caption>")).expect(caption);
    let table = page[from..].split("</table>").next().unwrap();
    let body = table.split("<tbody>").nth(1).unwrap();
    let values = |row: &str| -> Vec<f64> {
        row.split("<data value=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect()
    };
    body.split("</tr>").filter(|row| row.contains("<tr")).map(values).collect()
}

/// The page names the files of its folder, and no others.
#[track_caller]
fn assert_lists(files: &Files) {
    let table = page(files).split("<table class=\"files\">").nth(1).expect("a table of files");
    let rows = table.split("<th scope=\"row\"><code>").skip(1);
    let names: Vec<&str> = rows.map(|row| row.split('<').next().unwrap()).collect();
    assert_eq!(names, files.keys().collect::<Vec<_>>());
}

/// Whether a browser reads the page again.
fn refreshes(page: &str) -> bool {
    page.contains("http-equiv=\"refresh\"") && page.contains("id=\"running\"")
}

#[test]
fn the_page_holds_the_numbers_the_pictures_and_the_files_of_the_run() {
    let sandbox = Sandbox::with_data();
    let args = DENOISE.iter().chain(&["--epochs", "3", "--sweep", "--out", "run", "-q"]);
    sandbox.run(args.chain(&["--noise", "0.3"])).assert_success();
    let files = sandbox.run_files("run");
    let page = page(&files);
    assert!(page.contains("<dd>0.3, the same in each epoch</dd>"), "{page:.9000}");
    assert!(!refreshes(page) && page.contains("Complete."), "{page:.4000}");

    let losses: Vec<_> =
        history(&files).into_iter().map(|(loss, val_loss)| vec![loss, val_loss]).collect();
    assert_eq!(losses.len(), 3);
    assert_eq!(numbers(page, "Losses"), losses);
    let metrics = toml(&files, "metrics.toml");
    let measured = numbers(page, "Means over the test images (metrics.toml)");
    let metric = |name: &str| metrics[name].as_float().unwrap();
    assert_eq!(measured[0], [metric("psnr_noisy"), metric("psnr_denoised")]);
    assert_eq!(measured[2], [metric("val_loss")]);
    let sweep = std::str::from_utf8(&files["sweep.csv"]).unwrap();
    let denoised = |line: &str| line.split(',').nth(2).unwrap().parse::<f64>().unwrap();
    let expected: Vec<f64> = sweep.lines().skip(1).map(denoised).collect();
    let drawn = numbers(page, "Test images at other noise, before and after");
    assert_eq!(drawn.iter().map(|row| row[0]).collect::<Vec<_>>(), expected);

    // The pictures within the page are the files, except those that the page draws itself.
    let shown: Vec<&str> = page.split("<img src=\"data:image/png;base64,").skip(1).collect();
    assert_eq!(shown.len(), 3, "denoised, filters, sweep");
    assert!(shown.iter().all(|rest| rest.starts_with("iVBORw0KGgo")));
    assert_lists(&files);
    for (name, content) in &files {
        if content.len() < 1000 && ![SUMS, REPORT].contains(&name.as_str()) {
            assert!(page.contains(&format!(">{} B</td>", content.len())), "the size of {name}");
        }
    }
    // Its checksums are not those of a run without it, and it is not one of them.
    let digest = ae_checkpoint::sha256(&files[SUMS]);
    assert!(page.contains(&digest), "{digest}");
    assert!(!std::str::from_utf8(&files[SUMS]).unwrap().contains(REPORT));
    for text in ["verify run --dataset data", "<dt>batch</dt><dd>20</dd>", "60 training and 18"] {
        assert!(page.contains(text), "no {text:?}");
    }
}

#[test]
fn a_run_without_a_page_is_complete_all_the_same() {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["--out", "run", "-q"])).assert_success();
    fs::remove_file(sandbox.path("run").join(REPORT)).unwrap();
    for command in ["verify", "resume"] {
        sandbox.run([command, "run"]).assert_success();
        assert!(!sandbox.path("run").join(REPORT).exists(), "{command} only reads");
    }
    // A page is not written through a link, and training ends well without it.
    #[cfg(unix)]
    {
        fs::write(sandbox.path("mine"), "mine").unwrap();
        std::os::unix::fs::symlink(sandbox.path("mine"), sandbox.path("run").join(REPORT)).unwrap();
        let outcome = sandbox.run(["resume", "run", "--epochs", "3", "-q"]);
        outcome.assert_success();
        assert!(
            outcome.stderr.starts_with("warning: cannot write run/report.html: "),
            "{outcome:#?}"
        );
        assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:#?}");
        assert_eq!(fs::read_to_string(sandbox.path("mine")).unwrap(), "mine");
        sandbox.run(["verify", "run"]).assert_success();
    }
}

/// A folder's name, and a class's, may look like markup.
#[test]
#[cfg(unix)]
fn no_name_becomes_markup() {
    let sandbox = Sandbox::new();
    let class = "<script>alert(1)<";
    let data = "<img src=x onerror=alert(2)>";
    for split in ["train", "test"] {
        for (name, count) in [(class, 12), ("b&amp;\"'", 12)] {
            let folder = sandbox.path(data).join(split).join(name);
            fs::create_dir_all(&folder).unwrap();
            for k in 0..count {
                let pixels: Vec<u8> = (0..64).map(|at| (at * 3 + k * 7) as u8).collect();
                let path = folder.join(format!("{k}.png"));
                common::files::write_png(&path, (8, 8), png::ColorType::Grayscale, &pixels);
            }
        }
    }
    let out = "<b onclick=alert(3)>";
    let args = ["dense", "--dataset", data, "--classes", "all", "--latent", "2", "--batch", "8"];
    let more = ["--epochs", "1", "-q", "--out", out];
    sandbox.run(args.iter().chain(&more)).assert_success();
    let files = sandbox.run_files(out);
    let page = page(&files);
    for markup in ["<script>alert", "<img src=x", "<b onclick", "&amp;\"'"] {
        assert!(!page.contains(markup), "{markup}");
    }
    for text in ["&lt;script&gt;alert(1)&lt;", "&lt;img src=x onerror=alert(2)&gt;", "b&amp;amp;"] {
        assert!(page.contains(text), "no {text}");
    }
    assert!(page.contains("&lt;b onclick=alert(3)&gt;"), "the folder in a command");
}

#[test]
fn a_run_that_fails_says_so_in_its_last_page() {
    let sandbox = Sandbox::with_data();
    let args = ["--batch", "60", "--lr", "2e8", "-q", "--epochs", "30", "--out", "run"];
    let denoise = ["denoise", "--dataset", "data"];
    sandbox.run(denoise.iter().chain(&args)).assert_error(DIVERGED);
    let files = sandbox.run_files("run");
    let page = page(&files);
    assert!(!refreshes(page) && page.contains("Ended by an error, after epoch 1 of 30"), "{page}");
    assert_eq!(numbers(page, "Losses").len(), 1);
    assert!(page.contains("resume run --dataset data"), "how to continue");
}

#[test]
fn a_lab_and_pca_have_a_page_with_their_tables_and_files() {
    let sandbox = Sandbox::with_data();
    sandbox.run(SHORT_RUN.iter().chain(&["--out", "run", "-q"])).assert_success();
    sandbox.run(["generate", "run", "--out", "new", "-q"]).assert_success();
    assert_lists(&sandbox.run_files("new"));
    sandbox.run(["pca", "run", "--out", "pca", "-q"]).assert_success();
    let files = sandbox.run_files("pca");
    assert_lists(&files);
    let errors = toml(&files, "pca.toml");
    let table = numbers(page(&files), "Means over the test images (pca.toml)");
    let mse = |of: &str| errors[of]["mse"].as_float().unwrap();
    assert_eq!(table[0], [mse("pca"), mse("auto_encoder")]);
    assert!(page(&files).contains("<img src=\"data:image/png;base64,iVBORw0KGgo"));

    sandbox.run(["lab", "run", "--out", "lab", "-q"]).assert_success();
    let files = sandbox.run_files("lab");
    assert_lists(&files);
    let scores = std::str::from_utf8(&files["scores.csv"]).unwrap();
    let rows = numbers(page(&files), "Scores of the generated images (scores.csv)");
    assert_eq!(rows.len(), scores.lines().count() - 1);
    assert_eq!(page(&files).matches("<img ").count(), 2, "samples and walks");
}

#[cfg(unix)]
mod running {
    use super::*;
    use crate::common::INTERRUPTED;
    use crate::common::running::Running;

    /// Reads the page until it shows some epochs, and returns it.
    fn watched(sandbox: &Sandbox, running: &mut Running) -> String {
        let path = sandbox.path("run").join(REPORT);
        running.until("page with epochs", || {
            let text = fs::read_to_string(&path).ok()?;
            // It is whole at any time.
            assert!(text.ends_with("</html>"), "{text}");
            text.contains("after epoch ").then_some(text)
        })
    }

    #[test]
    fn a_run_in_progress_reads_itself_again_and_a_stopped_one_does_not() {
        let sandbox = Sandbox::with_data();
        let args = ["--epochs", "1000000", "--out", "run"];
        let mut running = Running::start(&mut sandbox.command(DENOISE.iter().chain(&args)));
        let page = watched(&sandbox, &mut running);
        assert!(refreshes(&page) && page.contains("In progress since "), "{page}");
        assert!(!numbers(&page, "Losses").is_empty());
        running.press_ctrl_c();
        let outcome = running.end();
        assert_eq!(outcome.status, Some(INTERRUPTED), "{outcome:#?}");
        let files = sandbox.run_files("run");
        let page = super::page(&files);
        assert!(!refreshes(page) && page.contains("Stopped: "), "{page:.4000}");
        assert_lists(&files);
        let losses: Vec<_> = history(&files).into_iter().map(|(a, b)| vec![a, b]).collect();
        let shown = numbers(page, "Losses");
        assert_eq!(shown.last(), losses.last());
        assert!(page.contains("resume run --dataset data"), "how to continue");
    }

    #[test]
    fn a_killed_run_has_a_page_that_says_since_when_and_how_to_continue() {
        let sandbox = Sandbox::with_data();
        let args = ["--epochs", "1000000", "--out", "run"];
        let mut running = Running::start(&mut sandbox.command(SHORT_RUN[..9].iter().chain(&args)));
        watched(&sandbox, &mut running);
        running.kill();
        let page = fs::read_to_string(sandbox.path("run").join(REPORT)).unwrap();
        assert!(refreshes(&page) && page.contains("resume run --dataset data"), "{page}");
        assert!(page.contains("If these times stay behind, the program was killed"), "{page}");
    }
}
