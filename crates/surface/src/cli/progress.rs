//! A bar on standard error while somebody waits.

use indicatif::{ProgressBar, ProgressStyle};
use maru_kernel::Progress;
use std::{future::Future, time::Duration};
use tokio::{sync::watch, time::Instant};

const PATIENCE: Duration = Duration::from_secs(1);
const STEPS: u64 = 1_000;

/// Waits for `work` and, from its second second on, shows on standard error how far it has come. Shows nothing where standard error is
/// no terminal.
pub async fn with_progress<T>(mut progress: watch::Receiver<Progress>, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return done,
        () = tokio::time::sleep_until(Instant::now() + PATIENCE) => {}
    }
    let bar = ProgressBar::new(STEPS);
    bar.enable_steady_tick(Duration::from_millis(120));
    show(&bar, &progress.borrow_and_update());
    let mut is_told = true;
    let done = loop {
        tokio::select! {
            done = &mut work => break done,
            changed = progress.changed(), if is_told => match changed {
                Ok(()) => show(&bar, &progress.borrow_and_update()),
                Err(_) => is_told = false,
            },
        }
    };
    bar.finish_and_clear();
    done
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let template = match progress.fraction {
        Some(_) => "{bar:24} {percent:>3} % {msg} {elapsed}",
        None => "{spinner} {msg} {elapsed}",
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    if let Some(fraction) = progress.fraction {
        bar.set_position((fraction.clamp(0.0, 1.0) * STEPS as f64) as u64);
    }
    bar.set_message(super::neutralised(&progress.message).into_owned());
}
