//! From a CSV file with missing cells and text to answers: trains, explains, saves, loads, and answers for one patient.
use layercake::data::Cell;
use layercake::prelude::*;

fn main() -> layercake::Result<()> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/heart_disease.csv"))?;
    let target = "diameter narrowing";
    let (train, test) = table.split(data::SplitOptions::new().test_size(0.2).seed(1).stratify_by(target))?;

    let mut model = TableClassifier::new(target).seed(1);
    model.fit(&train, TableOptions::new())?;
    println!("{}\n", model.explain()?);
    println!("{}\n", model.evaluate(&test)?);
    println!("{}\n", model.permutation_importance(&test, 5, 1)?);
    println!("{}\n", model.reliability(&test)?);
    println!("{}\n", model.check_table(&test)?);
    println!("{}\n", model.predict(&test)?);

    let path = std::env::temp_dir().join(format!("heart-disease-{}.keras", std::process::id()));
    model.save(&path)?;
    let model = TableClassifier::load(&path)?;
    let _ = std::fs::remove_file(&path);
    let patient = [
        ("age", 61.into()),
        ("gender", "female".into()),
        ("chest pain", "asymptomatic".into()),
        ("rest SBP", 130.into()),
        ("cholesterol", Cell::Missing),
        ("fasting blood sugar > 120", 0.into()),
        ("rest ECG", "normal".into()),
        ("max HR", 120.into()),
        ("exerc ind ang", 1.into()),
        ("ST by exercise", 2.1.into()),
        ("slope peak exc ST", "flat".into()),
        ("major vessels colored", 1.into()),
        ("thal", "reversable defect".into()),
    ];
    let answer = model.predict_row(&patient)?;
    println!("a patient: {} with probability {:.2}", answer.class(), answer.probability());
    Ok(())
}
