using Writ.Server.Tests.Leasing;
using Writ.Server.Tests.Leasing.Http;
using Writ.Server.Tests.Sequencer;
using Writ.Server.Tests.Trees;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

if (args is [CrashTree.Argument, ..])
    return CrashTree.Run(args[1..]);
if (args is [CrashLeases.Argument, ..])
    return await CrashLeases.Run(args[1..]);
if (args is [CrashHttpLeases.Argument, ..])
    return await CrashHttpLeases.Run(args[1..]);
if (args is [CrashRealms.Argument, ..])
    return await CrashRealms.Run(args[1..]);
// As the framework's own entry point has it.
return args.Contains("--server") || args.Contains("--internal-msbuild-node")
    ? await TestPlatformTestFramework.RunAsync(args,
        Writ.Server.Tests.SelfRegisteredExtensions.AddSelfRegisteredExtensions)
    : await ConsoleRunner.Run(args);
