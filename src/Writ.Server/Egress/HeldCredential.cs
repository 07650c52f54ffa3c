using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Writ.Egress;
using Writ.Runs.Recordings;

namespace Writ.Server.Egress;

/// <summary>A secret that the way out of one run adds to requests; it is in this process's memory alone.</summary>
/// <param name="Name">Of the profile or the file.</param>
/// <param name="Roots">A PEM file with those who may vouch for the place; null for the usual ones.</param>
public sealed record HeldCredential(string Name, string Secret, string Fingerprint, string? Roots)
{
    /// <summary>Shorter ones could be found from their fingerprints, and cannot be told from other text.</summary>
    public const int LengthMin = 16;

    public const int LengthMax = 8 * 1024;

    /// <summary>Whether a text can be a secret in a header field.</summary>
    public static bool IsSecret(string? text) =>
        text is { Length: >= LengthMin and <= LengthMax } && !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <summary>As it stands in the record.</summary>
    public string Shown => $"{Name} {Fingerprint}";

    /// <summary>As a field of a request.</summary>
    public AddedField Field(EgressCredential credential) => new(credential.Field, credential.ValueOf(Secret));

    /// <summary>What finds it in an answer, in the forms in which it is usually printed.</summary>
    public KnownSecrets Forms(EgressCredential credential)
    {
        var known = new KnownSecrets();
        // A header of 8 KiB and its base64 have their place in it.
        Invariant.Must(
            known.TryAdd(Secret) & known.TryAdd(credential.ValueOf(Secret).Split(' ')[^1]), "A secret can be masked.");
        return known;
    }

    public override string ToString() => Shown;
}

/// <summary>By what a secret is known where it is not.</summary>
static class Fingerprints
{
    const int Characters = 32;

    public static string Of(string secret) => "sha256:"
        + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)))[..Characters];
}

/// <summary>The secrets of one run's way out, by the names of their profiles and files.</summary>
sealed class HeldCredentials
{
    readonly ConcurrentDictionary<(bool IsFile, string Name), HeldCredential> _held = new();

    public IEnumerable<HeldCredential> All => _held.Values;

    public void Add(HeldCredential credential, bool isFile) => _held[(isFile, credential.Name)] = credential;

    /// <summary>What a grant names; null where it is not there.</summary>
    public HeldCredential? For(EgressCredential credential) =>
        _held.GetValueOrDefault((credential.File is not null, credential.Name));
}
