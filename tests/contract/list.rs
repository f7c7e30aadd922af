//! The cases, as tests of a world.

/// Makes each case a test that `$run` plays, in a module named after the world.
macro_rules! contract {
    ($world:ident, $run:path) => {
        contract! { @cases $world, $run,
            accounts_are_made_once_and_go,
            servers_start_once_and_stop,
            a_server_of_nobody_is_refused,
            an_account_takes_its_server_along,
            a_spawn_that_fails_says_so_and_can_be_tried_again,
            a_spawn_that_hangs_is_given_up_in_time,
            a_throttled_spawn_says_when_to_come_again,
            a_full_hub_does_not_say_when_to_come_again,
            kernels_count_their_cells_and_go,
            a_kernel_that_does_not_start_is_told_from_a_server_that_is_gone,
            a_cell_that_raises_leaves_the_kernel_usable,
            a_cell_without_memory_says_so,
            a_cell_that_asks_for_input_is_refused,
            a_cell_that_never_ends_is_interrupted_in_time,
            a_flood_of_output_is_a_notice,
            a_kernel_that_dies_is_lost,
            a_kernel_that_somebody_deletes_is_lost,
            a_kernel_that_somebody_restarts_is_lost,
            a_culled_server_is_lost_with_its_kernels,
            a_dead_server_is_lost_with_its_kernels,
            a_lost_connection_loses_the_kernel,
            a_restart_forgets,
            a_connection_made_anew_finds_the_kernel_as_it_was,
            files_are_kept_byte_by_byte,
    what_is_gone_can_be_removed_again
        }
    };
    (@cases $world:ident, $run:path, $($case:ident),*) => {
        mod $world {
            $(#[test] fn $case() {
                $run(stringify!($case), |stage| Box::pin(async move { crate::cases::$case(stage).await }));
            })*
        }
    };
}
