using System.Security.Cryptography;

namespace Writ.Server.Sequencer;

/// <summary>Where identifiers and one-time codes come from: the system's source of secrets, so nobody can guess
/// one.</summary>
public sealed class IdSource
{
    /// <summary>Digits and lower-case letters without i, l, o, u (Crockford), so that a person can read them
    /// out.</summary>
    const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    const int IdCharacters = 16;
    const int CodeGroups = 5;

    /// <summary><c>prefix-</c> and 80 bits.</summary>
    public string New(string prefix) => $"{prefix}-{RandomNumberGenerator.GetString(Alphabet, IdCharacters)}";

    /// <summary>A one-time code for a person to copy: 100 bits as <c>xxxx-xxxx-xxxx-xxxx-xxxx</c>.</summary>
    public string NewCode() => string.Join('-', Enumerable.Range(0, CodeGroups)
        .Select(_ => RandomNumberGenerator.GetString(Alphabet, 4)));

    /// <summary>The salt of one blob.</summary>
    public byte[] NewSalt() => RandomNumberGenerator.GetBytes(32);
}
