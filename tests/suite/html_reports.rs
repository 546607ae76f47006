//! The report of a training as HTML: well-formed, escaped, complete, and the same for the same training.

use layercake::diagnosis::Report;
use layercake::prelude::*;

pub fn data(rows: usize) -> (DMatrix<f64>, Vec<usize>) {
    let x = DMatrix::from_fn(rows, 3, |row, column| ((row * (column + 2)) as f64).sin());
    let y = (0..rows).map(|row| usize::from(x[(row, 0)] + x[(row, 1)] > 0.0)).collect();
    (x, y)
}

/// A training of classes that is thrown about by its learning rate, with a layer of an awkward name.
pub fn bad() -> Report {
    let (x, y) = data(200);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(8).activation(Relu).name("a<b>&\"c\""));
    model.add(Dense::new(2).activation(Softmax));
    model.compile(Adam::default().learning_rate(3.0), "sparse_categorical_crossentropy", "accuracy").unwrap();
    let mut diagnosis = Diagnosis::new();
    model.fit(&x, &y, FitOptions::new().epochs(12).validation_split(0.2).callback(&mut diagnosis)).unwrap();
    diagnosis.report()
}

pub fn regression(epochs: usize) -> Report {
    let (x, _) = data(200);
    let y = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)] - x[(row, 1)]);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(8).activation(Tanh));
    model.add(Dense::new(1));
    model.compile("adam", "mse", "mae").unwrap();
    let mut diagnosis = Diagnosis::new();
    model.fit(&x, &y, FitOptions::new().epochs(epochs).validation_split(0.2).callback(&mut diagnosis)).unwrap();
    diagnosis.report()
}

/// Reads the markup as XML: each tag is closed in order, attributes are quoted, and `&` starts an entity.
fn check_markup(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = text.strip_prefix("<!DOCTYPE html>\n").unwrap_or(text);
    for (place, part) in body.split('<').enumerate() {
        let (tag, content) = if place == 0 { ("", part) } else { part.split_once('>').expect(part) };
        assert!(!content.contains('>'), "{part}");
        for entity in part.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|known| entity.starts_with(known)), "{part}");
        }
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or("");
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{part}");
        } else if !name.is_empty() {
            // an even number of quotes, and each value between two of them
            let pieces: Vec<&str> = tag.split('"').collect();
            assert!(pieces.len() % 2 == 1, "{part}");
            let names = pieces[..pieces.len() - 1].iter().step_by(2);
            assert!(names.clone().all(|piece| piece.ends_with('=')), "{part}");
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// The page without the line that has the time.
fn untimed(report: &Report) -> String {
    let html = report.to_html();
    let lines: Vec<&str> = html.lines().filter(|line| !line.contains(">time: ")).collect();
    assert_eq!(lines.len() + 1, html.lines().count());
    lines.join("\n")
}

#[test]
fn a_page_is_well_formed_and_loads_nothing() {
    for html in [bad().to_html(), regression(20).to_html(), regression(1).to_html(), Diagnosis::<f64>::new().report().to_html()] {
        check_markup(&html);
        let own = html.replace("http://www.w3.org/2000/svg", "");
        for foreign in ["http", "<script", "src=", "href=", "url(", "@import", "NaN", "inf\""] {
            assert!(!own.contains(foreign), "{foreign}");
        }
    }
}

#[test]
fn names_are_escaped_everywhere() {
    let html = bad().to_html();
    assert!(!html.contains("a<b") && !html.contains("&\"c"));
    assert!(html.matches("a&lt;b&gt;&amp;&quot;c&quot;").count() >= 3, "{html}");
}

#[test]
fn findings_curves_and_tables_are_in_the_page() {
    let report = bad();
    let html = report.to_html();
    assert!(!report.findings().is_empty());
    for finding in report.findings() {
        assert!(html.contains(&format!("{} {}: ", finding.severity(), finding.code())), "{finding}");
        assert!(finding.explains().iter().all(|other| html.contains(&format!("explains {}: ", other.code()))), "{finding}");
    }
    // the best epoch of the text, in the summary and in the plots of loss and accuracy
    let text = report.to_string();
    let best = text.lines().find_map(|line| line.strip_prefix("best      epoch ")).unwrap();
    let best = best.split(' ').next().unwrap();
    assert!(html.contains(&format!("best epoch {best} of 12")));
    assert_eq!(html.matches(&format!(">best epoch {best}</text>")).count(), 2);
    for part in
        ["(log axis)", ">training<", ">validation<", ">constant 0.", ">reference 0.", "Confusion", "Worst validation rows"]
    {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.contains(env!("CARGO_PKG_VERSION")) && html.contains("learning_rate=3"));
    let html = regression(20).to_html();
    assert!(html.contains("mae") && html.contains("aria-label=\"predicted by target; 40 points"));
}

#[test]
fn a_line_has_one_point_for_each_epoch() {
    let folder = std::env::temp_dir().join(format!("layercake-svg-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("plot.svg");
    let report = regression(20);
    for (plot, points) in [("loss", vec![20, 20]), ("mae", vec![20, 20]), ("predicted", vec![])] {
        report.save_svg(plot, &path).unwrap();
        let svg = std::fs::read_to_string(&path).unwrap();
        check_markup(&svg);
        let lines = svg.split("<polyline points=\"").skip(1).map(|line| line.split('"').next().unwrap());
        assert_eq!(lines.map(|line| line.split(' ').count()).collect::<Vec<_>>(), points, "{plot}");
    }
    let error = report.save_svg("lossy", &path).unwrap_err().to_string();
    assert!(error.contains("`loss`, `mae`, `updates`, `predicted`"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn equal_trainings_have_equal_pages() {
    assert_eq!(untimed(&bad()), untimed(&bad()));
    assert_ne!(untimed(&regression(20)), untimed(&regression(19)));
}

#[test]
fn a_page_is_saved_or_an_error_says_why_not() {
    let folder = std::env::temp_dir().join(format!("layercake-html-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (report, path) = (regression(3), folder.join("report.html"));
    report.save_html(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), report.to_html());
    let missing = folder.join("missing").join("report.html");
    let error = report.save_html(&missing).unwrap_err().to_string();
    assert!(error.contains("report.html"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Saves a plot and returns its SVG.
fn svg(report: &Report, plot: &str) -> String {
    let path = std::env::temp_dir().join(format!("layercake-{plot}-{}.svg", std::process::id()));
    report.save_svg(plot, &path).unwrap();
    let svg = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    check_markup(&svg);
    svg
}

#[test]
fn calibration_has_a_point_for_each_bin_and_the_error_of_its_formula() {
    let report = bad();
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    let bins = json["calibration"]["bins"].as_array().unwrap();
    let number = |bin: &serde_json::Value, name: &str| bin[name].as_f64().unwrap();
    assert_eq!(bins.iter().map(|bin| number(bin, "rows")).sum::<f64>(), 40.0);
    let error = bins.iter().map(|bin| number(bin, "rows") / 40.0 * (number(bin, "probability") - number(bin, "share")).abs());
    approx::assert_relative_eq!(json["calibration"]["error"].as_f64().unwrap(), error.sum::<f64>(), max_relative = 1e-12);
    // the share of validation rows of class 1, of which 21 are, by all bins together
    let came_true: f64 = bins.iter().map(|bin| number(bin, "rows") * number(bin, "share")).sum();
    assert_eq!(came_true, json["data"]["validation_target"]["rows_of_classes"][1].as_f64().unwrap());
    let svg = svg(&report, "calibration");
    // and one in the legend
    assert_eq!(svg.matches("<circle").count(), bins.len() + 1);
    assert!(report.to_html().contains("share of class 1 that came true"));
    assert!(regression(3).save_svg("calibration", "never.svg").is_err());
}

#[test]
fn targets_are_drawn_as_bars() {
    // two classes in training and in validation, and two bars in the legend
    assert_eq!(svg(&bad(), "targets").matches("<rect").count(), 6);
    let svg = svg(&regression(3), "targets");
    assert_eq!(svg.matches("<rect").count(), 42);
    // the heights are shares: those of one series are together those of the axis from 0 to 1
    let heights = |fill: &str| -> f64 {
        let bars = svg.split("<rect ").skip(1).filter(|bar| bar.contains(fill) && !bar.contains("height=\"11\""));
        bars.map(|bar| bar.split("height=\"").nth(1).unwrap().split('"').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    approx::assert_relative_eq!(heights("fill=\"#"), heights("fill=\"none\""), max_relative = 0.02);
}

#[test]
fn the_data_card_describes_each_column_and_says_what_was_found() {
    let x = DMatrix::from_fn(200, 3, |row, column| match column {
        0 => (row % 5) as f64,
        1 => 4.0,
        _ if row % 25 == 3 => -999.0,
        _ => (row as f64).sin(),
    });
    let y: Vec<usize> = (0..200).map(|row| usize::from((row as f64).cos() > 0.0)).collect();
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(2).activation(Softmax));
    model.compile("adam", "sparse_categorical_crossentropy", ()).unwrap();
    let mut diagnosis = Diagnosis::new().columns(["day", "version", "rate"]);
    model.fit(&x, &y, FitOptions::new().epochs(3).callback(&mut diagnosis)).unwrap();
    let html = diagnosis.report().to_html();
    let row = |name: &str| {
        let start = html.find(&format!("<th scope=\"row\">{name}</th>")).unwrap();
        html[start..]
            .split("</tr>")
            .next()
            .unwrap()
            .replace("</td><td", " | <td")
            .replace("</td>", "")
            .replace(" class=\"number\"", "")
            .replace("<td>", "")
    };
    // 0 to 4 have a mean of 2 and a variance of 2
    assert!(row("0 day").contains("0 | 0 | 4 | 2 | 1.41 | 5 | 0 (20.0\u{a0}%)"), "{}", row("0 day"));
    assert!(row("1 version").contains(">LC0104 constant | "), "{}", row("1 version"));
    assert!(row("2 rate").contains("4.0\u{a0}% (-999)"), "{}", row("2 rate"));
    assert!(row("2 rate").contains("LC0109 has a value for missing cells"), "{}", row("2 rate"));
    let ones = y.iter().filter(|class| **class == 1).count();
    assert!(row("class 1").contains(&format!("{ones} ({:.1}\u{a0}%)", ones as f64 / 2.0)), "{}", row("class 1"));
}
