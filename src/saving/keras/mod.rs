//! Keras' files, with all that is peculiar to them.
//!
//! | here | what it knows |
//! |---|---|
//! | `whole` | what the members of an archive and the attributes of an `.h5` file are |
//! | `architecture`, `compiled` | the JSON of a model, and of what it was compiled with |
//! | `functional`, `nodes` | how the layers of a model that is no chain are connected |
//! | `json`, `reader` | the JSON of a single part, written and read |
//! | `accepted` | the arguments of Keras that change nothing here, and those of older versions |
//! | `weights`, `groups` | which array is which weight |
//! | `optimizer` | which array is what an optimizer remembers |
//! | `quirks` | what is different for single classes |

mod accepted;
mod architecture;
mod compiled;
mod functional;
mod groups;
mod json;
mod nodes;
mod optimizer;
mod quirks;
mod reader;
mod weights;
mod whole;

pub(super) use architecture::to_json;
pub(super) use weights::tree as weights;
pub(super) use whole::{Members, from_json, load_weights, read, resume};
