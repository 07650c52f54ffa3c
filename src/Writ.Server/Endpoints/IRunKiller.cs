using System.Collections.Immutable;
using Writ.Kills;

namespace Writ.Server.Endpoints;

/// <summary>Ends runs at once, and says how long each took to die.</summary>
public interface IRunKiller
{
    /// <summary>Answers when every one of the runs that is known here is dead; a run that is not known is left out.</summary>
    Task<ImmutableArray<KillStep>> KillAsync(ImmutableArray<RunId> runs, CancellationToken cancel);
}

/// <summary>A host that runs nothing has nothing to kill, and does not say that it did.</summary>
public sealed class NoRunKiller : IRunKiller
{
    public Task<ImmutableArray<KillStep>> KillAsync(ImmutableArray<RunId> runs, CancellationToken cancel) =>
        Task.FromResult(ImmutableArray<KillStep>.Empty);
}
