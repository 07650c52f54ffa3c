namespace Writ.Server.Tests.Sequencer;

/// <summary>A clock that goes where the test says, also backwards.</summary>
sealed class ManualTime(DateTimeOffset now) : TimeProvider
{
    long _ticks = now.UtcTicks;

    public static DateTimeOffset Start { get; } = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => new(Volatile.Read(ref _ticks), TimeSpan.Zero);

    public void Move(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
