//! Makes steps that multiply rows pause now and then, so that a query that is to stop does: the engine pauses where rows come in, and from a
//! few of them a join makes any number.

use datafusion::{
    common::{
        Result,
        config::ConfigOptions,
        tree_node::{Transformed, TreeNode},
    },
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{ExecutionPlan, coop::CooperativeExec},
};
use std::sync::Arc;

/// Lets joins and unfolded lists pause.
#[derive(Debug)]
pub(crate) struct Pauses;

impl PhysicalOptimizerRule for Pauses {
    fn name(&self) -> &'static str {
        "pauses"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let paused = plan.transform_up(|step| {
            let multiplies = step.name().ends_with("JoinExec") || step.name() == "UnnestExec";
            Ok(if multiplies {
                Transformed::yes(Arc::new(CooperativeExec::new(step)) as Arc<dyn ExecutionPlan>)
            } else {
                Transformed::no(step)
            })
        })?;
        Ok(paused.data)
    }

    fn schema_check(&self) -> bool {
        true
    }
}
