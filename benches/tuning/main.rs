//! What searches are worth: epochs, time and scores.
//!
//! ```sh
//! cargo bench --bench tuning                          # simulates searches on the stored table of trainings
//! cargo bench --bench tuning -- table FOLDER          # trains that table again (a minute or two)
//! cargo bench --bench tuning -- search FILE TARGET    # times a search over 24 settings on 5 folds, with 1 and 2 threads
//! cargo bench --bench tuning -- search FILE TARGET 2  # runs it once with 2 threads, to time the whole process
//! cargo bench --bench tuning -- outer FOLDER          # defaults, best, ensembles, with outer validation on eight tables
//! ```
//!
//! `FOLDER` has the files of the tables; those that are not in it are read from `examples/data`.

mod lookup;
mod outer;
mod search;
mod simulate;
mod tables;

fn main() -> layercake::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => simulate::run(),
        ["table", folder] => lookup::write(folder),
        ["search", file, target] => search::run(file, target, None),
        ["search", file, target, threads] => search::run(file, target, threads.parse().ok()),
        ["outer", folder] => outer::run(folder),
        _ => {
            println!("expected nothing, `table FOLDER`, `search FILE TARGET` or `outer FOLDER`");
            Ok(())
        }
    }
}
