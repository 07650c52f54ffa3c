using System.Security.Cryptography;
using System.Text;
using Writ.Linux;
using Writ.Server.Storage;

namespace Writ.Server.Findings;

/// <summary>
/// Names secrets without telling them: a keyed digest, so that nobody who reads the ledger can try words against it.
/// The key is a file of its own; with another key the same secret only has another name.
/// </summary>
public sealed class SecretPrints
{
    const int KeyBytes = 32;
    const int PrintBytes = 8;
    const int OthersMayAnything = 0x3F;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly string _path;
    readonly Lock _gate = new();
    byte[]? _key;

    public SecretPrints(DataDirectory directory) => _path = Path.Combine(directory.KeysPath, "fingerprints");

    /// <summary>The same for the same value, in this realm only.</summary>
    public string Of(string value) => "print:" + Convert.ToHexStringLower(
        HMACSHA256.HashData(Key(), Encoding.UTF8.GetBytes(value)).AsSpan(0, PrintBytes));

    byte[] Key()
    {
        lock (_gate)
            return _key ??= Read() ?? Make();
    }

    // One that others could have read or written names nothing any more.
    byte[]? Read()
    {
        using var file = Linux.Files.TryOpenRead(_path, out _);
        if (file is null)
            return null;
        var facts = Linux.Files.Facts(file);
        return facts.IsRegular && facts.OwnerUid == ThisProcess.EffectiveUid && (facts.Mode & OthersMayAnything) == 0
            && file.ReadToEnd(KeyBytes + 1) is { Length: KeyBytes } key
                ? key
                : null;
    }

    byte[] Make()
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        File.Delete(_path);
        using var file = new FileStream(_path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        });
        file.Write(key);
        return key;
    }
}
