using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Writ.Server.Tests.Running;

/// <summary>
/// A control plane's signing key for tests, made and used by the openssl program, which is not our code.
/// </summary>
sealed class OrderSigner : IDisposable
{
    const string Name = "writ.example/orders";

    readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("writ-key-");
    readonly byte[] _keyId;

    public OrderSigner()
    {
        if (!File.Exists("/usr/bin/openssl"))
            Writ.Testing.SharedData.Unavailable("openssl is not installed");
        Writ.Linux.Files.SetMode(_directory.FullName, 0b111_101_101);
        OpenSsl("genpkey", "-algorithm", "ed25519", "-out", PrivatePath);
        var der = Path.Combine(_directory.FullName, "public.der");
        OpenSsl("pkey", "-in", PrivatePath, "-pubout", "-outform", "DER", "-out", der);
        byte[] key = [1, .. File.ReadAllBytes(der)[^32..]];
        _keyId = SHA256.HashData([.. Encoding.UTF8.GetBytes(Name + "\n"), .. key])[..4];
        VerifierKey = $"{Name}+{Convert.ToHexStringLower(_keyId)}+{Convert.ToBase64String(key)}";
        File.WriteAllText(VerifierKeyPath, VerifierKey + "\n");
    }

    public string VerifierKey { get; }

    public string VerifierKeyPath => Path.Combine(_directory.FullName, "order.vkey");

    string PrivatePath => Path.Combine(_directory.FullName, "private.pem");

    public string Sign(string text)
    {
        var message = Path.Combine(_directory.FullName, Path.GetRandomFileName());
        File.WriteAllText(message, text);
        OpenSsl("pkeyutl", "-sign", "-rawin", "-inkey", PrivatePath, "-in", message, "-out", message + ".sig");
        byte[] signature = [.. _keyId, .. File.ReadAllBytes(message + ".sig")];
        return $"{text}\n\u2014 {Name} {Convert.ToBase64String(signature)}\n";
    }

    public void Dispose() => _directory.Delete(recursive: true);

    static void OpenSsl(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/openssl", arguments)
        {
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error);
    }
}
