using System.Collections.Immutable;
using Writ.Changes;
using Writ.Cli.Calling;
using Writ.People;
using Writ.Realms;
using Writ.Shell;
using Writ.Wire;

namespace Writ.Cli.Screens;

/// <summary>
/// The realm in force beside the document somebody is to sign, compared here: the signature is over the document's
/// digest, so what is shown has to come from the very text of that digest and not from the control plane's account.
/// </summary>
/// <param name="NowDigest">Digest of the realm in force, which nobody but the control plane vouches for.</param>
/// <param name="NextPolicyDigest">The bundle the document would put in force; null when it is the one that is.</param>
sealed record ComparedDocuments(
    string NowDigest, ImmutableArray<DocumentChange> Differences, ImmutableArray<PolicyTextChange> PolicyTexts,
    string? NextPolicyDigest)
{
    /// <summary>Reads both documents and compares them.</summary>
    /// <exception cref="CliFaultException">The text is not that of the digest, or is no realm's document.</exception>
    public static ComparedDocuments Of(ControlPlane plane, string? text, string digest)
    {
        if (text is null || Signatures.Sha256(text) != digest)
            throw Dishonest("the control plane's digest is not that of the document it gives");
        var (next, faults) = ChangeQuery.Read(RealmState.None, text);
        if (next is null)
            throw Dishonest("the document cannot be checked here: "
                + string.Join(" ", faults.Take(5).Select(f => VisibleText.Of($"{f.Path}: {f.Why}"))));
        var current = plane.GetText("/v1/document");
        if (ChangeQuery.Document(current, out var fault) is not { } now)
            throw Dishonest($"the control plane's realm in force cannot be read at {VisibleText.Of(fault!.Path)}");
        return new ComparedDocuments(
            Signatures.Sha256(ChangeQuery.Text(now)), DocumentDiff.Between(now, next),
            DocumentDiff.PolicyTexts(now, next), next.Policy.Digest() is var policy && policy != now.Policy.Digest()
                ? policy
                : null);
    }

    static CliFaultException Dishonest(string what) =>
        CliFaultException.Error("cli.digest-mismatch", $"{what}, so nothing was signed; tell the realm's owners");
}
