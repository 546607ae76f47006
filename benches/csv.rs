//! Reading a CSV file of a million rows and 30 columns, beside the raw byte records of the csv crate.
//!
//! Each measurement is a process of its own, so that its peak memory counts. `cargo bench --bench csv -- FILE` keeps the file,
//! with which `csv_peers.py FILE` measures pandas and polars.

use layercake::Rng;
use layercake::data::Table;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const ROWS: usize = 1_000_000;
const ROUNDS: usize = 5;

/// Ten columns of integers, ten with few decimals, four with all digits, four of categories, names, and dates; one cell in
/// twenty of some columns is missing.
fn write(path: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let mut rng = Rng::new(1);
    let names: Vec<String> = (0..30).map(|column| format!("column_{column}")).collect();
    writeln!(file, "{}", names.join(","))?;
    for row in 0..ROWS {
        for column in 0..10 {
            write!(file, "{},", rng.below(10usize.pow(1 + column % 6)))?;
        }
        for column in 0..10 {
            if column % 3 == 0 && rng.below(20) == 0 {
                write!(file, ",")?;
            } else {
                write!(file, "{:.*},", 1 + column % 4, 1000.0 * rng.uniform() - 200.0)?;
            }
        }
        for _ in 0..4 {
            write!(file, "{},", rng.uniform() - 0.5)?;
        }
        for levels in [2, 5, 20, 300] {
            write!(file, "level_{},", rng.below(levels))?;
        }
        writeln!(file, "name{row},20{:02}-{:02}-{:02}", rng.below(25), 1 + rng.below(12), 1 + rng.below(28))?;
    }
    file.flush()
}

/// Reads the file once and prints the seconds and the most memory of the process in MB, where the system tells.
fn measure(what: &str, path: &str) {
    let start = Instant::now();
    let rows = if what == "raw" {
        let mut reader = csv::Reader::from_path(path).unwrap();
        let mut record = csv::ByteRecord::new();
        let mut rows = 0;
        while reader.read_byte_record(&mut record).unwrap() {
            rows += 1;
        }
        rows
    } else {
        Table::read(path).unwrap().rows()
    };
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(rows, ROWS);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse::<f64>().ok());
    println!("{seconds} {}", peak.unwrap_or(f64::NAN) / 1024.0);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [what @ ("raw" | "table"), path] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        return measure(what, path);
    }
    let temporary = std::env::temp_dir().join(format!("layercake-bench-{}.csv", std::process::id()));
    let path = arguments.first().map_or(temporary.clone(), PathBuf::from);
    if !path.exists() {
        write(&path).unwrap();
    }
    let mut seconds = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (what, seconds) in ["raw", "table"].into_iter().zip(&mut seconds) {
            let output = Command::new(std::env::current_exe().unwrap()).arg(what).arg(&path).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            println!("{what}: {} (s, MB)", text.trim());
            // the first round brings the file into the cache of the system
            if round > 0 {
                seconds.push(text.split(' ').next().and_then(|first| first.parse::<f64>().ok()).unwrap());
            }
        }
    }
    let [raw, table] = seconds.map(|mut seconds| {
        seconds.sort_by(f64::total_cmp);
        seconds[ROUNDS / 2]
    });
    println!("medians: csv crate's byte records {raw:.3} s, table {table:.3} s, ratio {:.2}", table / raw);
    let _ = std::fs::remove_file(temporary);
}
