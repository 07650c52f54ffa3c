using System.Security.Cryptography;
using System.Text;
using Writ.Cli.Settings;
using Writ.People;

namespace Writ.Cli.Keys;

/// <summary>
/// A person's device key on disk: PKCS#8 PEM (RFC 5958, RFC 7468), encrypted by PBES2 (RFC 8018) with AES-256-CBC and
/// PBKDF2-HMAC-SHA-256. It is opened for one signature at a time.
/// </summary>
sealed class DeviceKeyFile : IDisposable
{
    public const int Iterations = 600_000;
    public const int PassphraseMin = 8;

    const string P256 = "1.2.840.10045.3.1.7";
    const int FileMax = 16 * 1024;

    readonly ECDsa _key;

    DeviceKeyFile(ECDsa key) => _key = key;

    /// <summary>SubjectPublicKeyInfo DER, base64.</summary>
    public string Spki => Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());

    /// <summary>Makes a key and writes it encrypted, for its owner only.</summary>
    public static DeviceKeyFile Create(string path, string passphrase)
    {
        if (passphrase.Length < PassphraseMin)
            throw CliFaultException.Error(
                "key.short-passphrase", $"a passphrase has at least {PassphraseMin} characters");
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem(
            passphrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        PrivateFiles.Write(path, Encoding.ASCII.GetBytes(pem + "\n"));
        return new DeviceKeyFile(key);
    }

    public static DeviceKeyFile Open(string path, string passphrase)
    {
        if (!File.Exists(path))
            throw CliFaultException.Error(
                "key.missing", $"there is no key at {path}; enrol this device with: writ enrol PERSON --code CODE");
        if (PrivateFiles.IsOpenToOthers(path))
            throw CliFaultException.Error(
                "key.readable-by-others", $"{path} can be read by others; make it yours alone with: chmod 600 {path}");
        if (new FileInfo(path).Length > FileMax)
            throw CliFaultException.Error("key.malformed", $"{path} is not a key file");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromEncryptedPem(File.ReadAllText(path), passphrase);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256)
                return new DeviceKeyFile(key);
        }
        catch (CryptographicException)
        {
            // A wrong passphrase decrypts to noise; noise and a damaged file cannot be told apart.
            key.Dispose();
            throw CliFaultException.Error("key.wrong-passphrase", $"that passphrase does not open {path}");
        }
        catch (ArgumentException)
        {
            key.Dispose();
            throw CliFaultException.Error("key.malformed", $"{path} holds no encrypted PKCS#8 key");
        }
        key.Dispose();
        throw CliFaultException.Error("key.malformed", $"{path} is not an ECDSA P-256 key");
    }

    public string Sign(string text) => Signatures.Sign(_key, text);

    public void Dispose() => _key.Dispose();
}
