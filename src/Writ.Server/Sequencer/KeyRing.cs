using System.Security.Cryptography;
using System.Text;
using Writ.Ledger;
using Writ.Linux;
using Writ.Runs;
using Writ.Server.Storage;

namespace Writ.Server.Sequencer;

/// <summary>
/// The control plane's own keys: one signs the ledger's checkpoints, the other the orders to run something. Each is a
/// file under <c>keys/</c> that only its owner reads; they come to be once, by <c>writd init</c>, and are never made up
/// later, because a realm under a new key is another realm.
/// </summary>
public sealed class KeyRing : IDisposable
{
    const string OrdersSuffix = "/orders";
    const int FileBytesMax = 1_024;
    const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    KeyRing(NoteKey log, NoteKey orders)
    {
        Log = log;
        Orders = orders;
    }

    /// <summary>Signs checkpoints, under the ledger's origin.</summary>
    public NoteKey Log { get; }

    /// <summary>Signs orders, under the origin and <c>/orders</c>.</summary>
    public NoteKey Orders { get; }

    /// <summary>The ledger's name.</summary>
    public string Origin => Log.Name;

    /// <summary>Makes the keys that are missing; keys of another origin are refused and never replaced.</summary>
    public static KeyRing Create(DataDirectory directory, string origin)
    {
        MakeIfMissing(directory, "log", origin);
        MakeIfMissing(directory, "orders", origin + OrdersSuffix);
        var keys = Open(directory);
        if (keys.Origin == origin)
            return keys;
        keys.Dispose();
        throw Fault($"The keys in '{directory.KeysPath}' belong to '{keys.Origin}', not to '{origin}'.");
    }

    public static KeyRing Open(DataDirectory directory)
    {
        var log = Read(directory, "log");
        try
        {
            var orders = Read(directory, "orders");
            if (orders.Name == log.Name + OrdersSuffix)
                return new KeyRing(log, orders);
            orders.Dispose();
            throw Fault($"'{log.Name}' and '{orders.Name}' are not the keys of one realm.");
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>The public key that orders are checked with, as a file for the launcher.</summary>
    public static string OrderVkeyFile(DataDirectory directory) => Path.Combine(directory.KeysPath, "orders.vkey");

    /// <summary>The signed checkpoint of a tree head.</summary>
    public byte[] SignCheckpoint(long size, in MerkleHash root) =>
        Log.Sign(new Checkpoint(Origin, size, root).ToText());

    /// <summary>The checkpoint of a note that the log key has signed for this ledger, else null.</summary>
    public Checkpoint? OpenCheckpoint(ReadOnlySpan<byte> note) =>
        Checkpoint.TryOpen(note, Log.Verifier, Ed25519.Verify, out var checkpoint, out _) ? checkpoint : null;

    /// <summary>A writ as the signed note that the launcher checks.</summary>
    public string SignOrder(WritOrder order) => Encoding.UTF8.GetString(Orders.Sign(order.Render()));

    static NoteKey Read(DataDirectory directory, string name)
    {
        var path = PathOf(directory, name);
        string text;
        try
        {
            if ((File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
                throw Fault($"'{path}' can be read by others than its owner; make it 0600.");
            if (new FileInfo(path).Length > FileBytesMax)
                throw Fault($"'{path}' is too long to be a key.");
            text = File.ReadAllText(path).TrimEnd('\n');
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo($"Reading the key '{path}'", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo($"Reading the key '{path}'", e);
        }
        return NoteKey.Parse(text) ?? throw Fault($"'{path}' does not hold a key.");
    }

    static void MakeIfMissing(DataDirectory directory, string name, string keyName)
    {
        var path = PathOf(directory, name);
        if (File.Exists(path))
            return;
        Span<byte> seed = stackalloc byte[Ed25519.SeedSize];
        RandomNumberGenerator.Fill(seed);
        var key = new NoteSigningKey(keyName, seed, Ed25519.PublicKey);
        CryptographicOperations.ZeroMemory(seed);
        try
        {
            Write(Path.ChangeExtension(path, ".vkey"), key.VerifierKey + "\n");
            Write(path, key.ToSecretText() + "\n");
            DurableFiles.SyncDirectory(directory.KeysPath);
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo($"Writing the key '{path}'", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo($"Writing the key '{path}'", e);
        }
    }

    static void Write(string path, string text)
    {
        var beside = path + ".new";
        using (var file = new FileStream(beside, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(beside, path, overwrite: true);
    }

    static string PathOf(DataDirectory directory, string name) => Path.Combine(directory.KeysPath, name + ".key");

    static LedgerFaultException Fault(string message) => new(StorageCodes.Permissions, message);

    public void Dispose()
    {
        Log.Dispose();
        Orders.Dispose();
    }
}
