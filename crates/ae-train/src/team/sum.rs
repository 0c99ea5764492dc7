//! The ordered sum of the gradients of all shards, over the processes of a team.
