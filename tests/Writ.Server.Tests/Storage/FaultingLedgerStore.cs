using Writ.Server.Storage;

namespace Writ.Server.Tests.Storage;

/// <summary>What happens at the chosen step of an append.</summary>
public enum Mishap
{
    /// <summary>The step reports failure and did not run.</summary>
    FailsBefore,

    /// <summary>The step ran, but failure is reported.</summary>
    FailsAfter,

    /// <summary>The process is gone before the step.</summary>
    CrashesBefore,

    /// <summary>The process is gone after the step, before anyone was told.</summary>
    CrashesAfter,
}

/// <summary>
/// A real SQLite store on which one write step at a time can be made to go wrong. A crash keeps the bytes written so
/// far and loses the process: <see cref="Reopen"/> then continues from those bytes.
/// </summary>
sealed class FaultingLedgerStore : ILedgerStore, ILedgerWriteFaults
{
    const int InputOutputError = 10;
    DataDirectory _directory;
    SqliteLedgerStore _store;
    (LedgerWriteStep? Step, int Skip, Mishap Mishap, int Code)? _armed;
    bool _due;
    int _crashes;
    string? _remains;

    FaultingLedgerStore(DataDirectory directory)
    {
        _directory = directory;
        _store = SqliteLedgerStore.Open(directory, new SqliteLedgerSettings { Faults = this });
    }

    public static FaultingLedgerStore Open(DataDirectory directory) => new(directory);

    public LedgerHead Head => _store.Head;

    /// <summary>Where the bytes are that a crash left; null when there was none since the last opening.</summary>
    public string? Remains => _remains;

    /// <summary>True while a mishap waits for its step.</summary>
    public bool IsArmed => _armed is not null;

    /// <summary>The step (any, when null) after so many others of its kind meets the mishap, once.</summary>
    public void Arm(LedgerWriteStep? step, int skip, Mishap mishap, int code = InputOutputError) =>
        _armed = (step, skip, mishap, code);

    public void Disarm() => _armed = null;

    /// <summary>The ordinary load path: after a crash from what it left, otherwise from the same place.</summary>
    public void Reopen()
    {
        _store.Dispose();
        if (_remains is not null)
            _directory = DataDirectory.Open(_remains);
        _remains = null;
        _store = SqliteLedgerStore.Open(_directory, new SqliteLedgerSettings { Faults = this });
    }

    public void Append(long expectedSize, IReadOnlyList<ReadOnlyMemory<byte>> entries, LedgerHead head) =>
        _store.Append(expectedSize, entries, head);

    public IReadOnlyList<ReadOnlyMemory<byte>> Read(long from, int count) => _store.Read(from, count);

    public void SaveSnapshot(long size, ReadOnlySpan<byte> root, ReadOnlySpan<byte> content) =>
        _store.SaveSnapshot(size, root, content);

    public LedgerSnapshot? LoadSnapshot() => _store.LoadSnapshot();

    public int Before(LedgerWriteStep step)
    {
        if (_armed is not { } armed || (armed.Step is not null && armed.Step != step))
            return 0;
        if (armed.Skip > 0)
        {
            _armed = armed with { Skip = armed.Skip - 1 };
            return 0;
        }
        if (armed.Mishap is Mishap.FailsBefore or Mishap.CrashesBefore)
            return Strike(armed.Mishap, armed.Code);
        _due = true;
        return 0;
    }

    public int After(LedgerWriteStep step) => _due && _armed is { } armed ? Strike(armed.Mishap, armed.Code) : 0;

    int Strike(Mishap mishap, int code)
    {
        (_armed, _due) = (null, false);
        if (mishap is Mishap.CrashesBefore or Mishap.CrashesAfter)
        {
            _remains = $"{_directory.Root}.crash{_crashes++}";
            TemporaryFolder.CopyFiles(_directory.Root, _remains);
        }
        return code;
    }

    public void Dispose() => _store.Dispose();
}
