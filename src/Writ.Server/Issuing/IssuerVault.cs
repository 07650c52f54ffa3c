using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Writ.Identity;
using Writ.Linux;
using Writ.Server.Storage;

namespace Writ.Server.Issuing;

/// <summary>
/// The issuer's private keys: each a file of its own under <c>keys/identity/</c> that only its owner reads, and an
/// object in memory that signs. A key without its file, or one that others can read, signs nothing.
/// </summary>
sealed class IssuerVault(DataDirectory directory) : IDisposable
{
    const int FileBytesMax = 8 * 1_024;
    const int RsaBits = 2_048;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    readonly ConcurrentDictionary<string, IDisposable> _open = new(StringComparer.Ordinal);

    string Folder => Path.Combine(directory.KeysPath, "identity");

    /// <summary>Makes a key and keeps it; nobody knows of it before it is published.</summary>
    public IssuerKey Make(
        TrustDomain domain, IdentityTier tier, IssuerUse use, DateTimeOffset activeFrom, KeyTimes times,
        DateTimeOffset now)
    {
        var expires = times.ExpiryOf(activeFrom);
        if (use == IssuerUse.JwtRs256)
        {
            var rsa = RSA.Create(RsaBits);
            var signer = new TokenSigningKey(rsa);
            Keep(signer.Kid, rsa.ExportPkcs8PrivateKeyPem(), signer);
            return new IssuerKey(
                signer.Kid, tier, use, Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo()), now, activeFrom,
                expires);
        }
        var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (use == IssuerUse.JwtEs256)
        {
            var signer = new TokenSigningKey(ec);
            Keep(signer.Kid, ec.ExportPkcs8PrivateKeyPem(), signer);
            return new IssuerKey(
                signer.Kid, tier, use, Convert.ToBase64String(ec.ExportSubjectPublicKeyInfo()), now, activeFrom,
                expires);
        }
        var kid = PublicKeyJwk.Of(ec).Kid!;
        var certificate = X509Svid.Authority(
            domain, IdentityDoor.Word(tier), ec, now - KeyTimes.Slack, expires, RandomNumberGenerator.GetBytes(16));
        Keep(kid, ec.ExportPkcs8PrivateKeyPem(), new X509Authority(certificate, ec));
        return new IssuerKey(
            kid, tier, use, Convert.ToBase64String(certificate.RawData), now, activeFrom, expires);
    }

    /// <summary>Opens a key that was published before; false when it cannot be used.</summary>
    public bool TryOpen(IssuerKey key)
    {
        if (_open.ContainsKey(key.Kid))
            return true;
        try
        {
            var path = PathOf(key.Kid);
            if (!File.Exists(path) || (File.GetUnixFileMode(path) & ~OwnerOnly) != 0
                || new FileInfo(path).Length > FileBytesMax)
                return false;
            var opened = Open(key, File.ReadAllText(path));
            if (opened is not null)
                _open[key.Kid] = opened;
            return opened is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException
            or ArgumentException)
        {
            return false;
        }
    }

    public X509Authority? Authority(string kid) => _open.GetValueOrDefault(kid) as X509Authority;

    public TokenSigningKey? Signer(string kid) => _open.GetValueOrDefault(kid) as TokenSigningKey;

    /// <summary>Destroys every key that is not among these.</summary>
    public void KeepOnly(IReadOnlyCollection<string> kids)
    {
        // A signature that is being made just now still ends; the object is left to the collector.
        foreach (var kid in _open.Keys.Where(k => !kids.Contains(k)))
            _open.TryRemove(kid, out _);
        if (Directory.Exists(Folder))
            foreach (var file in Directory.EnumerateFiles(Folder))
                if (!kids.Contains(Path.GetFileNameWithoutExtension(file)))
                    File.Delete(file);
    }

    public void Dispose()
    {
        foreach (var key in _open.Values)
            key.Dispose();
    }

    static IDisposable? Open(IssuerKey key, string pem)
    {
        if (key.Use == IssuerUse.JwtRs256)
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return Named(new TokenSigningKey(rsa), key.Kid);
        }
        var ec = ECDsa.Create();
        ec.ImportFromPem(pem);
        if (key.Use == IssuerUse.JwtEs256)
            return Named(new TokenSigningKey(ec), key.Kid);
        return PublicKeyJwk.Of(ec).Kid == key.Kid
            ? new X509Authority(X509CertificateLoader.LoadCertificate(Convert.FromBase64String(key.Public)), ec)
            : null;
    }

    static TokenSigningKey? Named(TokenSigningKey key, string kid) => key.Kid == kid ? key : null;

    void Keep(string kid, string pem, IDisposable opened)
    {
        Directory.CreateDirectory(Folder, OwnerOnly | UnixFileMode.UserExecute);
        var path = PathOf(kid);
        var beside = path + ".new";
        using (var file = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes(pem));
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
        DurableFiles.SyncDirectory(Folder);
        _open[kid] = opened;
    }

    // A thumbprint is base64url: 43 letters, digits, '-' and '_'.
    string PathOf(string kid) => Path.Combine(Folder, kid + ".key");
}
