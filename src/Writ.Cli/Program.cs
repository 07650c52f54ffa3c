using System.Runtime.Versioning;
using Writ.Cli.Commands;
using Writ.Cli.Connecting;
using Writ.Cli.Hooking;
using Writ.Cli.Running;

[assembly: SupportedOSPlatform("linux")]

StandardStreams.Claim();

// The agents' own commands come first and parse for themselves: a hook has milliseconds.
return args switch
{
    ["hook", ..] => HookCommand.Run(args.AsSpan(1)),
    ["run", ..] => RunCommand.Run(args.AsSpan(1)),
    ["agent", ..] => AgentInstallCommand.Run(args.AsSpan(1)),
    ["help", "run"] => RunCommand.Run(["--help"]),
    ["help", "agent", ..] => AgentInstallCommand.Run(["--help"]),
    _ => CommandLine.Run(args),
};
