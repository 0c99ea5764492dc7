//! What is done about a signal.

use super::*;

/// `timeout` sends its signal to the process and to its group, so it comes twice.
#[test]
fn a_signal_that_comes_twice_at_once_is_one_request_and_two_ctrl_c_are_two() {
    let begun = Instant::now();
    let all = [Signal::Interrupt, Signal::Terminate, Signal::HangUp];
    for signal in all {
        assert_eq!(State::default().answer(signal, begun), Answer::End);
        let mut state = State { waits: true, ..State::default() };
        assert_eq!(state.answer(signal, begun), Answer::Request);
        state.request = Some((signal, begun));
        let [soon, later] = [SAME_REQUEST / 2, SAME_REQUEST].map(|after| begun + after);
        for again in all {
            let at_once = again == Signal::Interrupt;
            let expected = if at_once { Answer::End } else { Answer::Nothing };
            assert_eq!(state.answer(again, soon), expected);
            assert_eq!(state.answer(again, later), Answer::End);
        }
    }
}
