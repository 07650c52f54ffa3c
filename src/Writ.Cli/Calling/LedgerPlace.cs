using System.Security.Cryptography;
using Writ.Cli.Arguments;
using Writ.Cli.Settings;
using Writ.Ledger;
using Writ.Wire;

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

    /// <summary>A list of a run that lies beside the ledger; null where there is none at hand.</summary>
    public ReadOnlyMemory<byte>? List(RunId run, string digest)
    {
        if (_plane is null)
            return null;
        try
        {
            var blob = _plane.Get(
                $"/v1/runs/{run}/lists/{Uri.EscapeDataString(digest)}", ApiJson.Default.SaltedContent);
            return "sha256:" + Convert.ToHexStringLower(SHA256.HashData([.. blob.Salt, .. blob.Content])) == digest
                ? blob.Content
                : throw CliFaultException.Error("cli.digest-mismatch",
                    $"the control plane's list {digest} of {run} has another digest; tell the realm's owners");
        }
        catch (CliFaultException fault) when (fault.Code is "recording.none" or "person.not-logged-in")
        {
            return null;
        }
    }

    public void Dispose() => _plane?.Dispose();
}
