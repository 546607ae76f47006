//! Layer by layer: what fits behind what, and which weights there are to begin with.

use super::*;
use crate::base::Stream;
use crate::base::free_name;
use crate::layers::Dense;

/// The most values a sample may have anywhere, so that sizes of batches do not overflow.
const WIDEST: usize = 1 << 30;

/// From how many values on a weight is moved while its gradient is computed.
const EARLY: usize = 1 << 16;

/// From how many units on the parts of that gradient fill registers.
const EARLY_UNITS: usize = 32;

/// Where a layer is put.
#[derive(Debug, Clone, Copy)]
struct Site {
    /// The value that it reads.
    from: usize,
    /// Whether the layer of the model that it lies in is trained.
    outer: bool,
    /// Whether it and the layers that it lies in are trained, up to the one of the model.
    within: bool,
}

impl<T: Scalar> Network<T> {
    /// A network without layers, which passes its input on.
    pub(crate) fn new(input: Shape) -> Self {
        let wiring = Wiring::new(std::iter::empty());
        Self {
            input,
            nodes: Vec::new(),
            layers: Vec::new(),
            wiring,
            seeded: Vec::new(),
            tensors: Vec::new(),
            regularized: Vec::new(),
            constrained: Vec::new(),
            params: Aligned::default(),
            state: Aligned::default(),
        }
    }

    /// Makes room for so many values of weights at once, if there is so much; else each layer asks for its own.
    #[cfg(feature = "keras")]
    pub(crate) fn reserve(&mut self, values: usize) {
        let _ = self.params.try_reserve(values);
    }

    /// Adds a layer and initialises its weights, or leaves them 0 where there is no `rng`; on an error nothing is added.
    pub(crate) fn push(&mut self, entry: &LayerEntry<T>, rng: Option<&mut Rng>) -> Result<()> {
        let lengths = [self.nodes.len(), self.params.len(), self.state.len(), self.tensors.len()];
        let site = Site { from: self.nodes.len(), outer: entry.trainable, within: true };
        let placed = self.place(entry, entry.name.clone().unwrap_or_default(), site, rng);
        match placed {
            Ok(_) => self.layers.push(self.nodes.len() - 1),
            Err(_) => self.cut(lengths),
        }
        self.settle();
        placed.map(|_| ())
    }

    /// Takes away all layers from number `count` on.
    pub(crate) fn truncate(&mut self, count: usize) {
        if count < self.layers.len() {
            let first = self.nodes_of(count).start;
            let node = &self.nodes[first];
            self.cut([first, node.params.start, node.state.start, node.tensors.start]);
            self.layers.truncate(count);
            self.settle();
        }
    }

    fn cut(&mut self, [nodes, params, state, tensors]: [usize; 4]) {
        self.nodes.truncate(nodes);
        self.seeded.truncate(nodes);
        self.params.truncate(params);
        self.state.truncate(state);
        self.tensors.truncate(tensors);
    }

    /// Settles what depends on all layers: which slopes are wanted, which weights have a price or a bound, and which buffer
    /// holds what.
    pub(super) fn settle(&mut self) {
        let trained = |wanted: fn(&Tensor<T>) -> bool| {
            let places = self.tensors.iter().enumerate().filter(|(_, tensor)| tensor.trainable && wanted(tensor));
            places.map(|(place, _)| place).collect()
        };
        (self.regularized, self.constrained) =
            (trained(|tensor| tensor.regularizer.is_some()), trained(|tensor| tensor.constraint.is_some()));
        for i in 0..self.nodes.len() {
            let node = &self.nodes[i];
            let above = node.from.iter().filter_map(|value| value.checked_sub(1)).any(|node| self.nodes[node].wanted);
            self.nodes[i].wanted = above || (node.trainable && !node.params.is_empty());
        }
        self.wiring = Wiring::new(self.nodes.iter().map(|node| node.from.as_slice()));
    }

    /// Adds a layer, those within it first; returns the value that it gives.
    fn place(&mut self, entry: &LayerEntry<T>, name: String, site: Site, mut rng: Option<&mut Rng>) -> Result<usize> {
        let layer = &entry.layer;
        if self.nodes.iter().any(|node| matches!(node.work, Work::Layer(_)) && node.name == name) {
            return Err(Error::DuplicateLayer { name });
        }
        layer.check_arguments()?;
        let from = match layer.branches() {
            Some(branches) => self.place_branches(branches, &name, site, rng.as_deref_mut())?,
            None => site.from,
        };
        let input = self.shape(from).clone();
        let plan = layer.plan(&input).map_err(|error| match error {
            Error::LayerInput { found, expected, .. } => Error::LayerInput { layer: name.clone(), found, expected },
            other => other,
        })?;
        check_widths(layer.name(), &plan)?;
        let numbers = self.numbers(from);
        if let Some(classes) = plan.takes {
            check_classes::<T>(&name, layer.name(), &input, classes, numbers)?;
        }
        let starts = [self.params.len(), self.state.len(), self.tensors.len()];
        let within = site.within && plan.trainable;
        let trainable = site.outer && within;
        for (param, is_state) in
            plan.params.iter().map(|param| (param, false)).chain(plan.state.iter().map(|state| (state, true)))
        {
            self.allocate(layer.name(), param, is_state, trainable, rng.as_deref_mut())?;
        }
        let layer = plan.runs.unwrap_or_else(|| layer.clone());
        // the gradient of its kernel is a product that can be computed here
        let is_dense = layer.as_any().is::<Dense<T>>();
        let early = self.tensors.get(starts[2]).filter(|kernel| is_dense && is_early(kernel)).map(|kernel| kernel.place.clone());
        self.nodes.push(Node {
            name,
            work: Work::Layer(layer),
            from: vec![from],
            gives: plan.gives.unwrap_or(numbers),
            checks: plan.takes.filter(|_| numbers == Numbers::Data),
            activation: plan.activation,
            activity_regularizer: plan.activity_regularizer,
            input,
            sums: plan.sums,
            output: plan.output,
            params: starts[0]..self.params.len(),
            state: starts[1]..self.state.len(),
            tensors: starts[2]..self.tensors.len(),
            scratch: plan.scratch,
            batch_scratch: plan.batch_scratch,
            trainable,
            trainable_within: within,
            wanted: false,
            early,
        });
        self.seeded.push(plan.seed.map(|seed| Rng::stream(seed, Stream::Noise)));
        Ok(self.nodes.len())
    }

    /// Adds the stacks within a layer and joins what they give; returns the joined value.
    fn place_branches(&mut self, branches: Branches<'_, T>, outer: &str, site: Site, mut rng: Option<&mut Rng>) -> Result<usize> {
        let mut taken: Vec<String> = Vec::new();
        let mut ends = Vec::new();
        for stack in branches.stacks {
            let mut from = site.from;
            for entry in stack.entries() {
                let own =
                    entry.name.clone().unwrap_or_else(|| free_name(snake_case(entry.layer.name()), |name| !taken.contains(name)));
                let within = Site { from, within: site.within && entry.trainable, ..site };
                from = self.place(entry, format!("{outer}/{own}"), within, rng.as_deref_mut())?;
                taken.push(own);
            }
            ends.push(from);
        }
        let shapes: Vec<&Shape> = ends.iter().map(|&end| self.shape(end)).collect();
        let (output, groups) = branches.join.shape(&shapes).map_err(|(found, expected)| {
            let layer = outer.to_string();
            Error::LayerInput { layer, found, expected }
        })?;
        let gives = ends.iter().map(|&end| self.numbers(end)).reduce(Numbers::beside).unwrap_or(Numbers::Any);
        let [params, state, tensors] = [self.params.len(), self.state.len(), self.tensors.len()].map(|len| len..len);
        self.nodes.push(Node {
            name: format!("{outer}/join"),
            work: Work::Join { groups },
            from: ends,
            activation: None,
            activity_regularizer: None,
            input: output.clone(),
            sums: output.clone(),
            output,
            gives,
            checks: None,
            params,
            state,
            tensors,
            scratch: 0,
            batch_scratch: 0,
            trainable: site.outer && site.within,
            trainable_within: site.within,
            wanted: false,
            early: None,
        });
        self.seeded.push(None);
        Ok(self.nodes.len())
    }

    /// What is known of the numbers of a value.
    fn numbers(&self, value: usize) -> Numbers {
        value.checked_sub(1).map_or(Numbers::Data, |node| self.nodes[node].gives)
    }

    fn allocate(&mut self, part: &str, param: &Param<T>, is_state: bool, trainable: bool, rng: Option<&mut Rng>) -> Result<()> {
        let values = if is_state { &mut self.state } else { &mut self.params };
        let size = param.shape.iter().try_fold(1, |size: usize, &extent| size.checked_mul(extent));
        let mut drawn = Vec::new();
        let drawn_size = |size| if rng.is_some() { size } else { 0 };
        let room = size.filter(|&size| drawn.try_reserve_exact(drawn_size(size)).is_ok() && values.try_reserve(size).is_ok());
        let Some(size) = room else {
            let shape = Shape::from(param.shape.clone());
            let part = format!("{part}, {}", param.name);
            return Err(Error::argument(part, "shape", format!("{:?}", shape.dims()), "a size that fits in memory"));
        };
        let first = values.len();
        match rng {
            Some(rng) => {
                drawn.resize(size, 0.0);
                param.initializer.fill(&param.shape, rng, &mut drawn);
                values.extend(drawn.into_iter().map(T::of))
            }
            None => values.extend((0..size).map(|_| T::zero())),
        }
        self.tensors.push(Tensor {
            name: param.name,
            shape: param.shape.clone(),
            place: first..values.len(),
            is_state,
            trainable: trainable && !is_state,
            regularizer: param.regularizer.clone(),
            constraint: param.constraint.clone(),
        });
        Ok(())
    }

    /// Whether a layer takes the data as numbers of classes.
    pub(crate) fn checks_data(&self) -> bool {
        self.nodes.iter().any(|node| node.checks.is_some())
    }

    /// Fails at the first input that a layer cannot take as the number of a class.
    pub(crate) fn check_columns(&self, data: &crate::base::Data<'_, T>) -> Result<()> {
        let (what, start) = data.origin();
        let mut columns = data.columns().enumerate();
        columns.try_for_each(|(column, values)| self.check_data(what, values, |row| [start + row, column]))
    }

    /// Fails at the first of the data that a layer cannot take as a class; `place` tells the row and the column.
    pub(crate) fn check_data(&self, what: &'static str, values: &[T], place: impl Fn(usize) -> [usize; 2]) -> Result<()> {
        for node in &self.nodes {
            let Some(classes) = node.checks else { continue };
            let is_class = |value: &T| *value >= T::zero() && value.fract() == T::zero() && value.to_f64() < classes as f64;
            if let Some(bad) = values.iter().position(|value| !is_class(value)) {
                let ([row, column], layer, value) = (place(bad), node.name.clone(), values[bad].to_f64());
                return Err(Error::Class { layer, what, row, column, value, last: classes - 1 });
            }
        }
        Ok(())
    }
}

/// Whether a weight whose gradient is a product is worth to be moved while that is computed.
fn is_early<T: Scalar>(kernel: &Tensor<T>) -> bool {
    kernel.regularizer.is_none() && kernel.place.len() >= EARLY && kernel.shape.last().is_some_and(|&units| units >= EARLY_UNITS)
}

fn check_widths<T: Scalar>(part: &str, plan: &Plan<T>) -> Result<()> {
    for (what, width, least) in [
        ("output", plan.output.width(), 1),
        ("sums", plan.sums.width(), 1),
        ("scratch", plan.scratch, 0),
        ("batch scratch", plan.batch_scratch, 0),
    ] {
        if !(least..=WIDEST).contains(&width) {
            return Err(Error::argument(part, what, width, format!("{least} to {WIDEST} values")));
        }
    }
    Ok(())
}

/// Fails for a layer that takes numbers of classes where other numbers may come.
fn check_classes<T: Scalar>(name: &str, part: &str, input: &Shape, classes: usize, numbers: Numbers) -> Result<()> {
    // beyond these not every whole number has a value of its own
    let most = if T::DTYPE == "float32" { 1 << 24 } else { 1 << 53 };
    if !(1..=most).contains(&(classes as u64)) {
        return Err(Error::argument(part, "classes", classes, format!("1 to {most}, which is how far {} counts", T::DTYPE)));
    }
    let given = match numbers {
        Numbers::Data => return Ok(()),
        Numbers::Classes(given) if given <= classes => return Ok(()),
        Numbers::Classes(given) => format!("whole numbers up to {}", given - 1),
        Numbers::Any => "any numbers".to_string(),
    };
    let expected = format!("it takes whole numbers from 0 to {}, but the layer before it gives {given}", classes - 1);
    Err(Error::LayerInput { layer: name.to_string(), found: input.clone(), expected })
}
