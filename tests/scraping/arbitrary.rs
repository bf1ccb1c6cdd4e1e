//! Reading never panics and never takes long, whatever pages and rules hold.
