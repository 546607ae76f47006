//! Rules of published tools, re-expressed from their papers and code, to be counted on the same runs.
//!
//! Where a rule can be read in two ways, the way with fewer false alarms is taken. A symptom counts as right for each plant that
//! may cause it.
//!
//! * UMLAUT: Schoop, Huang and Hartmann, *UMLAUT: Debugging Deep Learning Programs using Program Structure and Model Behavior*, 2021
//! * AutoTrainer: Zhang et al., *AUTOTRAINER: An Automatic DNN Training Problem Detection and Repair System*, 2021
//! * DeepDiagnosis: Wardat et al., *DeepDiagnosis: Automatically Diagnosing Faults and Recommending Actionable Fixes*, 2022
//! * TheDeepChecker: Ben Braiek and Khomh, *Testing Feedforward Neural Networks Training Programs*, 2023

use crate::scores::Share;
use crate::setup::Setup;
use layercake::Probe;
use layercake::prelude::*;

pub const TOOLS: [&str; 4] = ["UMLAUT", "AutoTrainer", "DeepDiagnosis", "TheDeepChecker"];

/// What the tools look at: the curves, and the first batch of each epoch.
#[derive(Default)]
pub struct Seen {
    losses: Vec<[f64; 2]>,
    accuracies: Vec<[f64; 2]>,
    batches: Vec<BatchSeen>,
}

#[derive(Default)]
struct BatchSeen {
    /// The loss of the first batch of the epoch.
    loss: f64,
    /// Of each kernel: the norm of its gradient, the mean size of its gradient, its relative update, and its deviation before.
    kernels: Vec<[f64; 4]>,
    /// The share of zeros in all gradients of weights.
    zeros: f64,
    /// Of each hidden layer: the share of outputs that are not above 0, their deviation, and the share of pre-activations beyond 5.
    hidden: Vec<[f64; 3]>,
}

impl Callback<f32> for Seen {
    fn probes(&self, _epoch: usize, batch: usize) -> bool {
        batch == 0
    }

    fn watches_batches(&self) -> bool {
        false
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, f32>) -> layercake::Result<()> {
        if let Some(probe) = run.probe().filter(|_| run.batch() == 0) {
            self.batches.push(BatchSeen::new(probe, run.logs().loss()));
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, f32>) -> layercake::Result<()> {
        let of = |name: &str| run.logs().get(name).unwrap_or(f64::NAN);
        self.losses.push([of("loss"), of("val_loss")]);
        self.accuracies.push([of("accuracy"), of("val_accuracy")]);
        Ok(())
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    sum / count.max(1) as f64
}

fn deviation(values: &[f32]) -> f64 {
    let centre = mean(values.iter().map(|&value| f64::from(value)));
    mean(values.iter().map(|&value| (f64::from(value) - centre).powi(2))).sqrt()
}

impl BatchSeen {
    fn new(probe: &Probe<f32>, loss: f64) -> Self {
        let kernels = probe.weights().iter().filter(|weight| weight.path().ends_with("/kernel"));
        let kernel = |weight: &layercake::WeightProbe<f32>| {
            let gradient = || weight.gradient().iter().map(|&value| f64::from(value));
            let norm = gradient().map(|value| value * value).sum::<f64>().sqrt();
            [norm, mean(gradient().map(f64::abs)), weight.relative_update(), deviation(weight.before())]
        };
        let gradients = || probe.weights().iter().flat_map(|weight| weight.gradient());
        let nodes = probe.nodes();
        let hidden = nodes.iter().take(nodes.len().saturating_sub(1)).map(|node| {
            let (z, a) = (node.pre_activation(), node.output());
            let share =
                |values: &[f32], is: &dyn Fn(f32) -> bool| mean(values.iter().map(|&value| f64::from(u8::from(is(value)))));
            let dead = share(a.values(), &|value| value <= 0.0);
            [dead, deviation(a.values()), share(z.values(), &|value| value.abs() >= 5.0)]
        });
        Self {
            loss,
            kernels: kernels.map(kernel).collect(),
            zeros: mean(gradients().map(|&value| f64::from(u8::from(value == 0.0)))),
            hidden: hidden.collect(),
        }
    }
}

/// A symptom that a tool reports: the tool, and the plants that may cause it.
pub struct Symptom {
    pub tool: usize,
    pub plants: &'static [&'static str],
}

const SCALE: &str = "columns of different scale";
const MISSING: &str = "-999 for missing";
const HIGH: &str = "a high rate";
const LOW: &str = "a low rate";
const STEPS: &str = "few steps";
const BATCH: &str = "a large batch";
const LARGE: &str = "large initial weights";
const EQUAL: &str = "equal weights";
const DEAD: &str = "dead units";
const SIGMOID: &str = "many sigmoid layers";
const TARGETS: &str = "large targets";
const LOGITS: &str = "logits as probabilities";
const TWICE: &str = "softmax twice";
const REACH: &str = "a head out of reach";
const SHUFFLED: &str = "shuffled targets";
const UNIT: &str = "one hidden unit";

/// For each rule whether it fires, and the plants that it names.
type Rules = Vec<(bool, &'static [&'static str])>;

type Tool = fn(&Seen, &Setup) -> Rules;

/// Returns what each tool reports of a training; a symptom is reported once.
pub fn symptoms(seen: &Seen, setup: &Setup) -> Vec<Symptom> {
    let rules: [Tool; 4] = [umlaut, auto_trainer, deep_diagnosis, deep_checker];
    let of_tool = |(tool, rule): (usize, &Tool)| {
        rule(seen, setup).into_iter().filter(|(fires, _)| *fires).map(move |(_, plants)| Symptom { tool, plants })
    };
    rules.iter().enumerate().flat_map(of_tool).collect()
}

impl Seen {
    fn is_broken(&self) -> bool {
        self.losses.iter().any(|[loss, val_loss]| !loss.is_finite() || (val_loss.is_infinite() || *loss >= 1e5))
    }

    /// Whether some layer of some batch is so.
    fn any_hidden(&self, is: impl Fn(&[f64; 3]) -> bool) -> bool {
        self.batches.iter().any(|batch| batch.hidden.iter().any(&is))
    }
}

fn is_outside(setup: &Setup) -> bool {
    setup.x.iter().any(|value| value.abs() > 1.0)
}

fn umlaut(seen: &Seen, setup: &Setup) -> Rules {
    let is_cross_entropy = setup.loss.ends_with("crossentropy");
    let rises = seen.losses.windows(2).any(|pair| pair[1][1] > pair[0][1] && pair[1][0] <= pair[0][0]);
    let is_too_good = seen.accuracies.iter().any(|[train, validation]| *validation > 0.95 || validation > train);
    vec![
        (is_outside(setup), &[SCALE, MISSING]),
        (seen.losses.iter().any(|[loss, _]| loss.is_nan()), &[HIGH, SCALE, MISSING, LARGE]),
        (is_cross_entropy && !["softmax", "sigmoid"].contains(&setup.head), &[LOGITS]),
        (rises, &["trained for too long"]),
        (is_too_good, &["a leaking column", "validation rows from training"]),
    ]
}

/// Looks at gradients only where the accuracy is not satisfying, or hardly rises.
fn auto_trainer(seen: &Seen, _setup: &Setup) -> Rules {
    const SATISFYING: f64 = 0.7;
    let largest = |place: usize| seen.accuracies.iter().map(|both| both[place]).fold(f64::NAN, f64::max);
    let rise = |place: usize| seen.accuracies.windows(2).map(|pair| pair[1][place] - pair[0][place]).fold(0.0, f64::max);
    let is_classification = largest(0).is_finite();
    let is_slow = is_classification && rise(0) < 0.01 && rise(1) < 0.01;
    let is_unsatisfying = is_classification && (largest(0) < SATISFYING || largest(1) < SATISFYING);
    let ratio = |batch: &BatchSeen| match &batch.kernels[..] {
        [first, .., last] => (first[0] / last[0], first[0]),
        _ => (1.0, 1.0),
    };
    let vanishes = seen.batches.iter().any(|batch| ratio(batch).0 < 1e-3 && ratio(batch).1 < 1e-4);
    let explodes = seen.batches.iter().any(|batch| ratio(batch).0 > 70.0);
    let dies = seen.batches.iter().any(|batch| batch.zeros >= 0.7);
    let looks = is_slow || is_unsatisfying;
    let middle: Vec<&[[f64; 2]]> = seen.accuracies.windows(3).collect();
    let tops = middle.iter().filter(|three| three[1][0] >= three[0][0] && three[1][0] >= three[2][0]).map(|three| three[1][0]);
    let lows = middle.iter().filter(|three| three[1][0] <= three[0][0] && three[1][0] <= three[2][0]).map(|three| three[1][0]);
    let swings = tops.zip(lows).filter(|(top, low)| top - low >= 0.03).count() as f64;
    let oscillates = is_classification && swings >= 0.2 * seen.accuracies.len() as f64;
    vec![
        (seen.is_broken(), &[HIGH, SCALE, MISSING, LARGE, TARGETS]),
        (looks && dies, &[DEAD, EQUAL, HIGH]),
        (looks && !dies && explodes, &[LARGE, HIGH, SCALE]),
        (looks && !dies && !explodes && vanishes, &[SIGMOID, EQUAL]),
        (is_slow && !dies && !explodes && !vanishes, &[LOW, STEPS, BATCH, UNIT, "a strong penalty"]),
        (!looks && oscillates, &[HIGH]),
    ]
}

fn deep_diagnosis(seen: &Seen, setup: &Setup) -> Rules {
    let is_bent = ["sigmoid", "tanh"].contains(&setup.activation);
    let small = |batch: &BatchSeen| batch.kernels.iter().any(|kernel| kernel[1] < 1e-7);
    let still = |batch: &BatchSeen| batch.kernels.iter().any(|kernel| kernel[2] == 0.0);
    let (low, high) = match setup.head {
        "sigmoid" | "softmax" => (0.0, 1.0),
        "tanh" => (-1.0, 1.0),
        "relu" => (0.0, f32::INFINITY),
        _ => (f32::NEG_INFINITY, f32::INFINITY),
    };
    let is_out = setup.classes == 0 && setup.y.iter().any(|y| *y < low || *y > high);
    let is_logit = setup.loss.contains("categorical_crossentropy") && ["linear", "relu"].contains(&setup.head);
    let falls = seen.losses.windows(6).all(|epochs| epochs[5][0] < epochs[0][0]);
    let is_flat = seen.accuracies.windows(6).any(|epochs| epochs[5][0] <= epochs[0][0] && epochs[5][0] < 0.95);
    vec![
        (is_bent && seen.any_hidden(|hidden| hidden[2] > 0.5), &[LARGE, SCALE, MISSING, HIGH]),
        (setup.activation == "relu" && seen.any_hidden(|hidden| hidden[0] >= 0.7), &[DEAD, HIGH, EQUAL]),
        (seen.is_broken(), &[HIGH, SCALE, MISSING, LARGE, TARGETS]),
        (seen.batches.iter().any(small), &[SIGMOID, EQUAL, DEAD]),
        (seen.batches.iter().any(still), &[EQUAL, DEAD, LOW]),
        (is_outside(setup), &[SCALE, MISSING]),
        (is_out || is_logit, &[REACH, LOGITS]),
        (!falls, &[HIGH, LOW, SHUFFLED, SIGMOID]),
        (is_flat, &[LOW, HIGH, SHUFFLED, SIGMOID, UNIT]),
    ]
}

fn deep_checker(seen: &Seen, setup: &Setup) -> Rules {
    let is_unscaled = setup.x.column_iter().any(|column| {
        let (centre, spread) = crate::tables::moments(column.as_slice());
        let is_standard = centre.abs() < 0.5 && (0.5..=2.0).contains(&spread);
        let is_within = |low: f32| column.iter().all(|value| (low..=1.0).contains(value));
        !(is_standard || is_within(0.0) || is_within(-1.0) || spread == 0.0)
    });
    let Some(first) = seen.batches.first() else { return Vec::new() };
    let ignorant = (setup.classes.max(2) as f64).ln();
    let starts_far = setup.classes > 0 && (first.loss - ignorant).abs() > 0.5 * ignorant;
    // He's and Glorot's deviations are between these bounds for the widths of the networks
    let (mut inputs, mut is_odd, mut is_equal) = (setup.x.ncols(), false, false);
    for (kernel, units) in first.kernels.iter().zip(setup.hidden.iter().copied()) {
        let (glorot, he) = ((2.0 / (inputs + units) as f64).sqrt(), (2.0 / inputs as f64).sqrt());
        is_equal |= kernel[3] == 0.0;
        is_odd |= kernel[3] > 2.0 * he.max(glorot) || (kernel[3] > 0.0 && kernel[3] < 0.5 * he.min(glorot));
        inputs = units;
    }
    let last_fits = seen.losses.last().zip(seen.losses.first()).is_some_and(|(last, first)| last[0] <= 0.95 * first[0]);
    let updates: Vec<f64> = seen.batches.iter().flat_map(|batch| batch.kernels.iter().map(|kernel| kernel[2])).collect();
    let share = |is: &dyn Fn(f64) -> bool| mean(updates.iter().map(|&update| f64::from(u8::from(is(update)))));
    let small = |batch: &BatchSeen| batch.kernels.iter().any(|kernel| kernel[1] < 1e-6);
    let l2 = setup.l2 > 0.03;
    vec![
        (is_unscaled, &[SCALE, MISSING]),
        (starts_far, &[LARGE, SCALE, MISSING, LOGITS, DEAD]),
        (is_equal, &[EQUAL]),
        (is_odd, &[LARGE]),
        (seen.any_hidden(|hidden| !(0.5..=2.0).contains(&hidden[1])), &[LARGE, SCALE, MISSING, SIGMOID, DEAD]),
        (setup.activation == "relu" && seen.any_hidden(|hidden| hidden[0] > 0.95), &[DEAD, EQUAL]),
        (seen.batches.iter().any(small), &[SIGMOID, EQUAL]),
        (share(&|update| update < 1e-4) > 0.5, &[LOW]),
        (share(&|update| update > 1e-1) > 0.5, &[HIGH]),
        (!last_fits, &[LOW, STEPS, BATCH, HIGH, SHUFFLED, SIGMOID, TWICE]),
        (l2 && !last_fits, &["a strong penalty"]),
        (seen.is_broken(), &[HIGH, SCALE, MISSING, LARGE, TARGETS]),
    ]
}

/// What is counted of each tool.
#[derive(Default, Clone, Copy)]
pub struct Count {
    recall: Share,
    precise: Share,
    silent: Share,
}

/// Counts the symptoms of all tools in a run; `plant` is the name of its fault, or `None` for a healthy run.
pub fn count(counts: &mut [Count; 4], symptoms: &[Symptom], plant: Option<&str>) {
    for (tool, count) in counts.iter_mut().enumerate() {
        let own: Vec<&Symptom> = symptoms.iter().filter(|symptom| symptom.tool == tool).collect();
        let right = own.iter().filter(|symptom| plant.is_some_and(|plant| symptom.plants.contains(&plant))).count();
        count.precise.add_many(right, own.len());
        match plant {
            Some(_) => count.recall.add(right > 0),
            None => count.silent.add(own.is_empty()),
        }
    }
}

pub fn print(counts: &[Count; 4]) {
    println!("published rules on the same runs:");
    for (tool, Count { recall, precise, silent }) in TOOLS.iter().zip(counts) {
        println!("{tool:>14}: recall {recall}; precision {precise}; healthy and silent {silent}");
    }
}
