"""Trains a model of this crate further with Keras on several devices, and saves it so that the crate can go on with it.

Usage: python tests/python/train_on_devices.py MODEL.keras TABLE.csv TRAINED.keras [--devices 2] [--expect LOSS ..]

The last column of the table has the targets (`--targets`: the last columns), the others are the inputs. The rows are
taken in their order, as `FitOptions::shuffle(false)` does. Without `--devices` the accelerators of the machine are used. With `--expect` the
loss of each epoch is compared with the given ones, and the script fails if one is further off than `--within`.

On several machines, start the script on each, with these variables beside it (the coordinator is process 0):

    KERAS_DISTRIBUTION_JOB_ADDRESSES=HOST:PORT KERAS_DISTRIBUTION_NUM_PROCESSES=2 KERAS_DISTRIBUTION_PROCESS_ID=0
"""

import argparse
import os
import sys
import tempfile


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", help="the file that the crate saved")
    parser.add_argument("table", help="a CSV file of numbers with a header")
    parser.add_argument("trained", help="the file to write")
    parser.add_argument("--targets", type=int, default=1, help="the number of columns with targets, the last ones")
    parser.add_argument("--rows", type=int, help="the number of rows to take from the start of the table; default: all")
    parser.add_argument("--batch-size", type=int, default=32, help="rows of a batch on all devices together")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--devices", type=int, help="makes this many devices of the CPU, to try the script on one machine")
    parser.add_argument("--expect", type=float, nargs="+", default=[], metavar="LOSS", help="the loss of each epoch")
    parser.add_argument("--within", type=float, default=1e-5, help="the relative difference that --expect allows")
    said = parser.parse_args()
    if said.expect and len(said.expect) != said.epochs:
        parser.error(f"--expect has {len(said.expect)} losses for {said.epochs} epochs")
    return said


def connect(said):
    """Imports Keras on JAX, on all devices of all processes; nothing may use Keras before."""
    os.environ["KERAS_BACKEND"] = "jax"
    if said.devices:
        flags = [os.environ.get("XLA_FLAGS", ""), f"--xla_force_host_platform_device_count={said.devices}"]
        os.environ |= {"XLA_FLAGS": " ".join(flags), "JAX_PLATFORMS": "cpu"}
    import keras

    if "KERAS_DISTRIBUTION_NUM_PROCESSES" in os.environ:
        keras.distribution.initialize()
    # each process passes its own rows of a batch, so that Keras must not divide them again
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=keras.distribution.list_devices(), auto_shard_dataset=False)
    )
    return keras


def share(values, batch_size, process, processes):
    """Returns the rows of each batch that belong to a process, in their order."""
    import numpy as np

    batches = (values[start : start + batch_size] for start in range(0, len(values), batch_size))
    return np.concatenate([np.split(batch, processes)[process] for batch in batches])


def compare(losses, expected, within):
    """Prints each loss, beside the expected one if there is one, and returns whether all are near."""
    near = True
    for epoch, loss in enumerate(losses, 1):
        text = f"epoch {epoch}: loss {loss:.9}"
        if expected:
            want = expected[epoch - 1]
            difference = abs(loss - want) / abs(want)
            near &= difference <= within
            text += f", expected {want:.9}: {difference:.1e} apart, {within:.0e} allowed"
        print(text)
    return near


def main():
    said = arguments()
    keras = connect(said)
    import jax
    import numpy as np

    devices, process, processes = jax.device_count(), jax.process_index(), jax.process_count()
    table = np.loadtxt(said.table, dtype="float32", delimiter=",", skiprows=1)[: said.rows]
    short = len(table) % said.batch_size
    if said.batch_size % devices:
        sys.exit(f"--batch-size {said.batch_size} does not divide by the number of devices, {devices}")
    if short % devices:
        sys.exit(
            f"the last batch has {short} rows, which do not divide by the number of devices, {devices}; "
            f"--rows {len(table) - short % devices} leaves the last rows out"
        )
    rows = share(table, said.batch_size, process, processes)

    model = keras.saving.load_model(said.model)
    before = int(model.optimizer.iterations)
    history = model.fit(
        rows[:, : -said.targets],
        rows[:, -said.targets :],
        batch_size=said.batch_size // processes,
        epochs=said.epochs,
        shuffle=False,
        verbose=0,
    )
    weights = model.trainable_variables[0].value
    assert len(weights.sharding.device_set) == devices, f"trained on {weights.sharding}"

    # all processes save, because saving waits for all of them; one of the files is kept
    with tempfile.TemporaryDirectory() as scratch:
        model.save(said.trained if process == 0 else os.path.join(scratch, "model.keras"))
    steps = f"steps {before} to {int(model.optimizer.iterations)}"
    print(f"{len(table)} rows in batches of {said.batch_size} on {devices} devices of {processes} processes, {steps}")
    near = compare(history.history["loss"], said.expect, said.within)
    if processes > 1:
        # the processes must leave together
        jax.distributed.shutdown()
    sys.exit(not near)


main()
