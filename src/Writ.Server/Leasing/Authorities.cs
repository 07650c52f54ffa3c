using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Writ.Identity;
using Writ.Identity.Ssh;
using Writ.Leases;
using Writ.Server.Storage;
using Writ.Wire;

namespace Writ.Server.Leasing;

/// <summary>
/// The keys by which the realm signs certificates for others' servers: files of <c>keys/authorities/</c> that nobody
/// else reads, made by a person's word and never silently anew. Each is read at each use and kept nowhere.
/// </summary>
public sealed class Authorities(DataDirectory directory, TimeProvider time)
{
    const int BytesMax = 16 * 1024;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    static readonly TimeSpan _certificateLife = TimeSpan.FromDays(3_650);

    readonly ConcurrentDictionary<string, IssuedBook> _books = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, SemaphoreSlim> _publishing = new(StringComparer.Ordinal);
    readonly Lock _making = new();

    string Folder => Path.Combine(directory.KeysPath, "authorities");

    /// <summary>Makes an authority where there is none of that name and kind, and says what servers are to believe.
    /// </summary>
    public AuthorityView Make(string name, AuthorityKind kind)
    {
        lock (_making)
        {
            var isNew = !File.Exists(PathOf(name, kind));
            if (isNew)
                Keep(name, kind);
            return View(name, kind) with { IsNew = isNew };
        }
    }

    /// <exception cref="BackendFaultException">There is none, or it is not private.</exception>
    public SshKey Ssh(string name)
    {
        var key = Key(name, AuthorityKind.Ssh);
        return new SshKey(key);
    }

    /// <exception cref="BackendFaultException">There is none, or it is not private.</exception>
    public X509Authority X509(string name)
    {
        var key = Key(name, AuthorityKind.X509);
        try
        {
            var pem = Encoding.ASCII.GetString(PrivateFile.Read(CertificatePath(name), BytesMax));
            return new X509Authority(X509Certificate2.CreateFromPem(pem), key);
        }
        catch (CryptographicException)
        {
            throw new BackendFaultException("lease.no-admin", $"{CertificatePath(name)} is no certificate.");
        }
    }

    /// <summary>What it has signed.</summary>
    public IssuedBook Book(string name, AuthorityKind kind) => _books.GetOrAdd(
        PathOf(name, kind) + ".issued", static (path, time) => new IssuedBook(path, time), time);

    /// <summary>
    /// Who has signed anything, one of them first. Of two that sign for one server each may be the one that writes its
    /// list, and a list that says what one of them has taken back has the other's be good again.
    /// </summary>
    public ImmutableArray<string> Signing(string first, AuthorityKind kind)
    {
        var ending = $".{Word(kind)}.issued";
        return
        [
            first, .. Directory.EnumerateFiles(Folder, "*" + ending)
                .Select(path => Path.GetFileName(path)[..^ending.Length])
                .Where(name => name != first && CredentialProfile.IsName(name) && File.Exists(PathOf(name, kind)))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Has a list be made and put somewhere one after the other, so that an older one never replaces a newer
    /// one.</summary>
    /// <param name="place">Where it is put.</param>
    public async Task<T> Publish<T>(string place, Func<Task<T>> publish, CancellationToken cancel)
    {
        var turn = _publishing.GetOrAdd(place, static _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancel);
        try
        {
            return await publish();
        }
        finally
        {
            turn.Release();
        }
    }

    AuthorityView View(string name, AuthorityKind kind)
    {
        if (kind == AuthorityKind.Ssh)
        {
            using var ssh = Ssh(name);
            return new AuthorityView(
                name, kind, $"{ssh.PublicText} writ-{name}\n", SshKey.Fingerprint(ssh.Public), IsNew: false);
        }
        using var x509 = X509(name);
        return new AuthorityView(
            name, kind, x509.Certificate.ExportCertificatePem() + "\n", FingerprintOf(x509.Certificate), IsNew: false);
    }

    /// <summary>How a certificate is named: SHA-256 over all of it.</summary>
    public static string FingerprintOf(X509Certificate2 certificate) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));

    // The certificate first: a key without one is never there.
    void Keep(string name, AuthorityKind kind)
    {
        Directory.CreateDirectory(Folder, OwnerOnly);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (kind == AuthorityKind.X509)
        {
            var now = time.GetUtcNow();
            using var certificate = ClientCertificate.Authority(
                $"Writ clients {name}", key, now - LeaseDesk.ClockSkew, now + _certificateLife,
                RandomNumberGenerator.GetBytes(16));
            PrivateFile.Write(CertificatePath(name), Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        }
        PrivateFile.Write(PathOf(name, kind), Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
    }

    ECDsa Key(string name, AuthorityKind kind)
    {
        var path = PathOf(name, kind);
        if (!File.Exists(path))
            throw new BackendFaultException("lease.no-authority",
                $"There is no authority {name}: writ lease authority {name} --kind {Word(kind)}");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(Encoding.ASCII.GetString(PrivateFile.Read(path, BytesMax)));
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new BackendFaultException("lease.no-admin", $"{path} is no key.");
        }
    }

    string PathOf(string name, AuthorityKind kind) => CredentialProfile.IsName(name)
        ? Path.Combine(Folder, $"{name}.{Word(kind)}")
        : throw new BackendFaultException("lease.no-authority", "The name of an authority is a plain name.");

    string CertificatePath(string name) => PathOf(name, AuthorityKind.X509) + ".certificate";

    static string Word(AuthorityKind kind) => kind == AuthorityKind.Ssh ? "ssh" : "x509";
}
