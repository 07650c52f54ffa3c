using Writ.Benchmarks;

// Each driver prints one table. Numbers are of this machine at this moment; what they mean is in docs/.
switch (args)
{
    case ["realm", ..]:
        await RealmBench.Run(args[1..]);
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
    case ["cedar", ..]:
        return await CedarBench.Run(args[1..]);
    default:
        Console.Error.WriteLine("usage: Writ.Benchmarks realm [SECONDS] | start [ENTRIES] | hook [N] | run [N] | cedar [made]");
        return 2;
}
