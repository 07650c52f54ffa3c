using System.Collections.Immutable;
using Writ.Kills;
using Writ.Server.Agents;

namespace Writ.Server.Endpoints;

/// <summary>Ends runs at once, and says how long each took to die.</summary>
public interface IRunKiller
{
    /// <summary>Answers when every one of the runs is dead.</summary>
    Task<ImmutableArray<KillStep>> KillAsync(ImmutableArray<RunId> runs, CancellationToken cancel);
}

/// <summary>The runs of this process.</summary>
sealed class OwnRuns(RunRegistry runs) : IRunKiller
{
    public Task<ImmutableArray<KillStep>> KillAsync(ImmutableArray<RunId> wanted, CancellationToken cancel) =>
        runs.KillAsync(wanted).WaitAsync(cancel);
}
