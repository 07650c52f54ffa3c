using Writ.Cli.Arguments;
using Writ.Cli.Settings;
using Writ.Ledger;

namespace Writ.Cli.Calling;

/// <summary>The ledger a command is about: the copy <c>--ledger</c> names, or the control plane's own.</summary>
sealed class LedgerPlace : IDisposable
{
    readonly ControlPlane? _plane;

    public LedgerPlace(Typed typed)
    {
        var settings = new ClientSettings(typed);
        Key = LedgerFiles.Key(settings, typed.Value("--key"));
        if (typed.Value("--ledger") is { } folder)
        {
            Files = LedgerFiles.In(folder);
            return;
        }
        _plane = new ControlPlane(settings, TimeProvider.System);
        Files = LedgerFiles.Of(_plane, settings.Url);
    }

    public NoteVerifierKey Key { get; }

    public LedgerFiles Files { get; }

    public void Dispose() => _plane?.Dispose();
}
