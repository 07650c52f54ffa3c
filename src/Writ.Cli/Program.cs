using Writ.Cli.Connecting;
using Writ.Cli.Hooking;
using Writ.Cli.Running;

return args switch
{
    ["hook", ..] => HookCommand.Run(args.AsSpan(1)),
    ["run", ..] => RunCommand.Run(args.AsSpan(1)),
    ["agent", ..] => AgentInstallCommand.Run(args.AsSpan(1)),
    _ => AgentExitCodes.Usage,
};
