namespace Writ.Server.Sequencer;

/// <summary>What tests and benchmarks choose differently.</summary>
public sealed record RealmActorSettings
{
    /// <summary>How many moves may wait; one more is answered <c>realm.busy</c>.</summary>
    public int WaitingMax { get; init; } = 4_096;

    /// <summary>A snapshot is kept after so many entries, under load after more: its writing takes a twentieth of the
    /// time at most. It is what a start after a crash has to fold: a fresh process, whose code is not compiled yet,
    /// takes some 60 microseconds of processor time for each entry.</summary>
    public int SnapshotEvery { get; init; } = 20_000;

    /// <summary>Decide every recorded move again at the start, instead of believing what came of it.</summary>
    public bool VerifyOnStart { get; init; }

    /// <summary>Publish the ledger as tiles; off only where nobody would read them.</summary>
    public bool PublishTiles { get; init; } = true;
}
