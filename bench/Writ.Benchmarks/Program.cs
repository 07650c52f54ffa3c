using Writ.Benchmarks;
using Writ.Server.Tests.Sequencer;

// Each driver prints one table. Numbers are of this machine at this moment; what they mean is in docs/.
switch (args)
{
    case ["realm", ..]:
        await RealmBench.Run(args[1..]);
        return 0;
    case ["stages", ..]:
        await StageBench.Run(args[1..]);
        return 0;
    case ["start", ..]:
        await StartBench.Run(args[1..]);
        return 0;
    case ["hook", ..]:
        await HookBench.Run(args[1..]);
        return 0;
    case ["run", ..]:
        await RunBench.Run(args[1..]);
        return 0;
    case ["mediate", ..]:
        await MediateBench.Run(args[1..]);
        return 0;
    case ["kill", ..]:
        await KillBench.Run(args[1..]);
        return 0;
    case ["egress", ..]:
        await EgressBench.Run(args[1..]);
        return 0;
    case ["lease", ..]:
        await LeaseBench.Run(args[1..]);
        return 0;
    case ["identity", ..]:
        await IdentityBench.Run(args[1..]);
        return 0;
    case ["shell", ..]:
        ShellBench.Run(args[1..]);
        return 0;
    case ["impact", ..]:
        await ImpactBench.Run(args[1..]);
        return 0;
    case ["cedar", ..]:
        return await CedarBench.Run(args[1..]);
    case ["crash", ..]:
        return await CrashBench.Run(args[1..]);
    // The processes that the drivers start and kill.
    case [StartBench.Argument, ..]:
        return StartBench.Once(args[1..]);
    case [CrashRealms.Argument, ..]:
        return await CrashRealms.Run(args[1..]);
    default:
        Console.Error.WriteLine(
            """
            usage: Writ.Benchmarks realm [SECONDS [CALLERS]] | stages [BATCH] | start [ENTRIES] | crash [KILLS [SEED]]
                   | hook [N] | run [N] | mediate [N] | kill [N] | egress [N] | lease [N] | identity [SECONDS]
                   | shell [FILE] | impact [VERDICTS] | cedar [made]
            """);
        return 2;
}
