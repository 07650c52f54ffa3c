using System.Text;
using Writ.People;

namespace Writ.Trees;

/// <summary>What a person signs to have held changes committed, or committed ones undone: exactly which, until when.
/// </summary>
/// <param name="Act"><c>commit</c> or <c>undo</c>.</param>
/// <param name="List">Digest of the list of changes that was seen.</param>
/// <param name="Paths">The paths that are meant; none mean all.</param>
/// <param name="ExecutesLater">Whether what executes later is meant too.</param>
public sealed record TreeDocument(
    string Realm, RunId Run, string Act, string List, ImmutableArray<string> Paths, bool ExecutesLater,
    PersonId Person, DateTimeOffset ExpiresAt)
{
    public const string Commit = "commit";
    public const string Undo = "undo";

    public string Render()
    {
        var text = new StringBuilder(
            $"writ-tree/v1\nrealm {Realm}\nrun {Run}\nact {Act}\nlist {List}\n");
        foreach (var path in Paths)
            text.Append("path ").Append(Signatures.Quoted(path)).Append('\n');
        return text.Append("executes-later ").Append(ExecutesLater ? "yes" : "no").Append('\n')
            .Append("person ").Append(Person).Append('\n')
            .Append("expires ").Append(Signatures.Instant(ExpiresAt)).Append('\n').ToString();
    }
}
