namespace Writ.Server.Agents;

/// <summary>
/// A place among the runs under way. It names its run before anything of it is decided, so that no kill can miss it.
/// </summary>
sealed class RunPlace(Slots slots, RunRegistry registry, RunId run) : IDisposable
{
    public RunId Run { get; } = run;

    public LiveRun Live { get; } = registry.Begin(run);

    public void Dispose()
    {
        registry.Forget(Run);
        slots.Return();
    }
}
