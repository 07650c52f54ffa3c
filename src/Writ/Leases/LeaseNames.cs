using System.Buffers;
using System.Text;
using Writ.Requests;
using Writ.Runs;

namespace Writ.Leases;

/// <summary>
/// What a lease and its account are called. Both follow from the realm, the writ and the profile, so that whoever knows
/// what was meant also knows what to look for, whatever was lost in between.
/// </summary>
public static class LeaseNames
{
    const string IdPrefix = "lease-";
    const string AccountPrefix = "w_";
    const string SignerPrefix = ";by=";
    const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    static readonly SearchValues<char> _alphabet = SearchValues.Create(Alphabet);

    /// <summary>Characters that say which realm, so that two realms at one backend leave each other's alone.</summary>
    const int RealmCharacters = 5;

    const int OwnCharacters = 16;

    /// <summary>The lease of one profile under one writ; a writ is used once, and so is the name.</summary>
    public static LeaseId Of(string origin, WritId writ, string profile) => new(
        IdPrefix + Tag(origin, RealmCharacters) + Tag($"{origin}\0{writ}\0{profile}", OwnCharacters));

    /// <summary>Valid in every backend: <c>w_</c>, lower-case letters and digits, 23 characters.</summary>
    public static string Account(LeaseId lease) => AccountPrefix + lease.Value[IdPrefix.Length..];

    /// <summary>What every account of a realm begins with.</summary>
    public static string PrefixOf(string origin) => AccountPrefix + Tag(origin, RealmCharacters);

    /// <summary>The lease whose account this would be; null for a name that is none of this realm's.</summary>
    public static LeaseId? LeaseOf(string origin, string account) =>
        IsAccount(account) && account.StartsWith(PrefixOf(origin), StringComparison.Ordinal)
            ? new LeaseId(IdPrefix + account[AccountPrefix.Length..])
            : null;

    /// <summary>Whether this is the name of an account of any realm.</summary>
    public static bool IsAccount(string name) =>
        name.StartsWith(AccountPrefix, StringComparison.Ordinal)
        && name.Length == AccountPrefix.Length + RealmCharacters + OwnCharacters
        && name.AsSpan(AccountPrefix.Length).IndexOfAnyExcept(_alphabet) < 0;

    /// <summary>The fingerprint of a credential that a key of ours has signed, with the name of that key.</summary>
    public static string Signed(string fingerprint, string signer) => fingerprint + SignerPrefix + signer;

    /// <summary>The key by which a credential was signed; null where none was.</summary>
    public static string? SignerOf(string fingerprint) =>
        fingerprint.IndexOf(SignerPrefix, StringComparison.Ordinal) is var at and >= 0
            ? fingerprint[(at + SignerPrefix.Length)..]
            : null;

    /// <summary>What stands in an environment for an account that is not there yet.</summary>
    public static string Placeholder(string profile) => $"{{account:{profile}}}";

    /// <summary>An environment with the accounts of a writ in place of what stands for them.</summary>
    public static ImmutableArray<Variable> Fill(ImmutableArray<Variable> environment, string origin, WritId writ)
    {
        const string begin = "{account:";
        return environment.Any(IsHeldFor) ? [.. environment.Select(Filled)] : environment;

        static bool IsHeldFor(Variable v) => v.Value.StartsWith(begin, StringComparison.Ordinal)
            && v.Value.EndsWith('}') && CredentialProfile.IsName(v.Value[begin.Length..^1]);

        Variable Filled(Variable v) => IsHeldFor(v)
            ? v with { Value = Account(Of(origin, writ, v.Value[begin.Length..^1])) }
            : v;
    }

    // Five bits a character.
    static string Tag(string text, int characters)
    {
        var hash = Sha256.HashOf(Encoding.UTF8.GetBytes(text));
        return string.Create(characters, hash, static (tag, bytes) =>
        {
            for (var i = 0; i < tag.Length; i++)
            {
                var bit = i * 5;
                var pair = (bytes[bit >> 3] << 8) | bytes[(bit >> 3) + 1];
                tag[i] = Alphabet[(pair >> (11 - (bit & 7))) & 31];
            }
        });
    }
}
