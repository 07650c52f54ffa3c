using System.Runtime.Versioning;
using Writ.Cli.Commands;
using Writ.Cli.Hooking;
using Writ.Client.Connecting;
using Writ.Client.Running;

[assembly: SupportedOSPlatform("linux")]

StandardStreams.Claim();

return args switch
{
    ["agent", ..] => AgentInstallCommand.Run(args.AsSpan(1)),
    ["help", "agent", ..] => AgentInstallCommand.Run(["--help"]),
    ["rollback", ..] => RunCommand.RollBack(args.AsSpan(1)),
    ["help", "rollback"] => RunCommand.RollBack(["--help"]),
    _ => CommandLine.Run(args),
};
