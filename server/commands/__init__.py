"""The subcommands of `pavilion`, one file each."""
