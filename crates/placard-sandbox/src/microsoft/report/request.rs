//! Request.
use crate::microsoft::shape::Field;
pub(in crate::microsoft) const SUBMIT: &[Field] = &[];
