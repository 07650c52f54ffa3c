using System.Text.Json;
using Writ.Realms;
using Writ.Wire;

namespace Writ.Changes;

/// <summary>What a screen asks about changes before anybody signs: the decider's own answers, without a move.</summary>
public static class ChangeQuery
{
    /// <summary>Longest document in characters: every part full.</summary>
    public const int DocumentMax = ChangeDecider.PartMax * ChangeDecider.PartsMax;

    public const int PartMax = ChangeDecider.PartMax;
    public const int PartsMax = ChangeDecider.PartsMax;

    /// <summary>How long a change waits for its reviewers.</summary>
    public static TimeSpan PendingLife => ChangeDecider.PendingLife;

    /// <summary>True when these differences wait for somebody besides the author.</summary>
    public static bool NeedsSecondPerson(
        RealmState realm, PersonId author, ImmutableArray<DocumentChange> differences) =>
        differences.Any(d => d.Guarded) && ChangeDecider.HasReviewer(realm, author);

    /// <summary>Why this person may not approve this change as things stand, or null when they may.</summary>
    public static Refusal? MayNot(RealmState realm, ChangeState.Pending change, PersonId person, DateTimeOffset now)
    {
        var team = realm.Registry.Document.Governance.Team;
        if (!realm.Registry.IsActiveMember(team, person))
            return new Refusal("realm.not-governing", $"Only members of {team} may do this.");
        if (change.ExpiresAt <= now)
            return new Refusal("change.expired", $"Change {change.Id} waited too long; propose it again.");
        if (change.Author == person)
            return new Refusal("change.self", "You proposed this change, so somebody else has to approve it.");
        return change.Reviews.Any(r => r.Person == person)
            ? new Refusal("change.repeated", "You have reviewed this change already; each person counts once.")
            : null;
    }

    /// <summary>A staged document as data, or null when it is not complete or not a document.</summary>
    public static RealmDocument? Staged(RealmState realm, string digest) => StagedRegistry(realm, digest)?.Document;

    /// <summary>A staged document as the realm it would make, or null when it would make none.</summary>
    public static Registry? StagedRegistry(RealmState realm, string digest) =>
        ChangeDecider.Load(realm, digest, out var registry) is null ? registry : null;

    /// <summary>The exact text of a document: what is digested, signed and staged.</summary>
    public static string Text(RealmDocument document) =>
        System.Text.Encoding.UTF8.GetString(Canonical.Bytes(document, WireJson.Default.RealmDocument).Span);

    /// <summary>What a document's text says, or everything that keeps it from being a realm.</summary>
    public static (RealmDocument? Document, ImmutableArray<DocumentFault> Faults) Read(RealmState realm, string text)
    {
        if (Document(text, out var fault) is not { } document)
            return (null, [fault!]);
        var (registry, faults) = Registry.From(document, realm.Registry.Offboarded);
        return (registry?.Document, faults);
    }

    /// <summary>
    /// A document's text as data with every part in it, which says nothing about whether it is a realm.
    /// </summary>
    public static RealmDocument? Document(string text, out DocumentFault? fault)
    {
        fault = null;
        try
        {
            if (JsonSerializer.Deserialize(text, WireJson.Default.RealmDocument) is not { } document)
                fault = NotADocument("$", "The document is empty.");
            // Generated readers fill what is left out with defaults, and the deciders count on what types promise.
            else if (DocumentShape.Missing(document) is [var missing, ..])
                fault = NotADocument(missing.Path, "This part of the document is missing.");
            else
                return document;
        }
        catch (Exception e) when (Unreadable.Is(e))
        {
            fault = NotADocument(Unreadable.Place(e) ?? "$", "The document cannot be read here.");
        }
        return null;

        static DocumentFault NotADocument(string path, string why) => new(path, "change.not-a-document", why);
    }

    /// <summary>
    /// Cuts a document into parts for its stages: within a part's characters, never inside a surrogate pair, and small
    /// enough that a part as a JSON string fits an entry.
    /// </summary>
    public static ImmutableArray<string> Parts(string text)
    {
        const int bytesMax = 2 * ChangeDecider.PartMax;
        var parts = ImmutableArray.CreateBuilder<string>();
        var (start, bytes) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            var cost = Cost(text[i]);
            if (!char.IsLowSurrogate(text[i]) && (bytes + cost > bytesMax || i - start >= ChangeDecider.PartMax - 1))
            {
                parts.Add(text[start..i]);
                (start, bytes) = (i, 0);
            }
            bytes += cost;
        }
        if (start < text.Length)
            parts.Add(text[start..]);
        return parts.ToImmutable();
    }

    // In a JSON string, as UTF-8; a surrogate is half of four bytes.
    static int Cost(char c) => c switch
    {
        '"' or '\\' => 2,
        < ' ' => 6,
        < (char)0x80 => 1,
        < (char)0x800 => 2,
        _ => 3,
    };
}
