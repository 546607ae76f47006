//! Writes and reads Keras' files.
//!
//! | module | content |
//! |---|---|
//! | `whole` | the members of an archive, and the attributes of an `.h5` file |
//! | `architecture`, `compiled` | the JSON of a model, and of its compile settings |
//! | `functional`, `nodes`, `calls` | the connections of the layers in a model that is not a chain |
//! | `json`, `reader` | the JSON of a single part: `json` writes it, `reader` reads it |
//! | `operations` | the layers of this crate that are operations of Keras |
//! | `accepted` | the arguments of Keras that change nothing here, and the arguments of older versions |
//! | `builder` | the layers that a reader has read so far |
//! | `columns`, `encoding` | a table model: the networks within a model of columns, and how columns are encoded |
//! | `outline` | the order and the groups that a file has for the layers of a model |
//! | `by_name` | weights that are loaded by the names of their layers |
//! | `contents` | the list of what a file holds |
//! | `weights`, `groups`, `older_groups` | the arrays of the weights |
//! | `optimizer` | the arrays of the state of an optimizer |
//! | `quirks` | the special cases of single classes |
//! | `view` | models without their number type, on which little in a file depends |

mod accepted;
mod architecture;
mod builder;
mod by_name;
mod calls;
mod columns;
mod compiled;
mod contents;
mod encoding;
mod functional;
mod groups;
mod json;
mod nodes;
mod older_groups;
mod operations;
mod optimizer;
mod outline;
mod quirks;
mod reader;
mod view;
mod weights;
mod whole;

pub(super) use architecture::to_json;
pub(super) use by_name::load_weights_by_name;
pub(crate) use columns::{Columns, name_of_input};
pub use contents::{Contents, contents};
pub(crate) use encoding::{Answer, Encoded};
pub(super) use weights::{check_finite, tree as weights};
pub(super) use whole::{Members, encoding, from_json, load_weights, read, read_networks, resume};
