using System.Runtime.Versioning;
using Writ.Client.Connecting;
using Writ.Client.Hooking;
using Writ.Client.Running;
using Writ.Front;

[assembly: SupportedOSPlatform("linux")]

StandardStreams.Claim();

// What agents wait for is answered here, in a program that starts in a few milliseconds; all else is the other one's.
return args switch
{
    ["hook", ..] => HookCommand.Run(args.AsSpan(1)),
    ["run", ..] => RunCommand.Run(args.AsSpan(1)),
    ["help", "run"] => RunCommand.Run(["--help"]),
    _ when InsideCommands.IsInside => InsideCommands.Run(args),
    _ => OtherProgram.Become(args),
};
