using Writ.Linux;

namespace Writ.Server.Storage;

/// <summary>
/// The one directory a realm's host keeps everything in. Nobody but its owner may write there, and its owner is the
/// user the host runs as; otherwise the host does not start.
/// </summary>
public sealed class DataDirectory
{
    const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    DataDirectory(string root) => Root = root;

    public string Root { get; }

    public string LedgerFile => Path.Combine(Root, "ledger.db");

    /// <summary>The published log (tlog-tiles); derived, may be deleted and is then published again.</summary>
    public string TilesPath => Path.Combine(Root, "tiles");

    public string BlobsPath => Path.Combine(Root, "blobs");

    /// <summary>What runs changed and nobody has committed yet, and what is needed to undo what was.</summary>
    public string HeldPath => Path.Combine(Root, "held");

    /// <summary>The accounts with which credentials are minted, a file each; nothing of it is in the ledger.</summary>
    public string CredentialsPath => Path.Combine(Root, "credentials");

    /// <summary>What assistants in sandboxes keep, a folder for each agent of a workflow.</summary>
    public string HomesPath => Path.Combine(Root, "homes");

    public string KeysPath => Path.Combine(Root, "keys");

    /// <summary>A folded state for a faster start; may be deleted.</summary>
    public string SnapshotFile => Path.Combine(Root, "snapshot");

    public string LockFile => Path.Combine(Root, "lock");

    /// <summary>Makes the directory and its folders where missing, and checks them like <see cref="Open"/>.</summary>
    public static DataDirectory Create(string path)
    {
        var directory = new DataDirectory(Path.GetFullPath(path));
        try
        {
            Directory.CreateDirectory(directory.Root, Private);
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Creating the data directory", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Creating the data directory", e);
        }
        return Open(path);
    }

    /// <summary>An existing data directory, checked; missing folders inside it are made.</summary>
    public static DataDirectory Open(string path)
    {
        var directory = new DataDirectory(Path.GetFullPath(path));
        if (!Directory.Exists(directory.Root))
        {
            throw new LedgerFaultException(
                StorageCodes.NotALedger, $"There is no data directory '{directory.Root}'; it has to be created first.");
        }
        try
        {
            MustBeOurs(directory.Root);
            foreach (var folder in new[]
                {
                    directory.TilesPath, directory.BlobsPath, directory.KeysPath, directory.HeldPath,
                    directory.CredentialsPath,
                })
            {
                Directory.CreateDirectory(folder, Private);
                MustBeOurs(folder);
            }
        }
        catch (IOException e)
        {
            throw LedgerFaultException.FromIo("Opening the data directory", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw LedgerFaultException.FromIo("Opening the data directory", e);
        }
        return directory;
    }

    static void MustBeOurs(string path)
    {
        var mode = File.GetUnixFileMode(path);
        if ((mode & WritableByOthers) != 0)
        {
            throw new LedgerFaultException(
                StorageCodes.Permissions,
                $"'{path}' can be written by others (mode {Convert.ToString((int)mode, 8)}); make it 0700.");
        }
        var owner = DurableFiles.OwnerOf(path);
        if (owner != DurableFiles.EffectiveUser)
        {
            throw new LedgerFaultException(
                StorageCodes.Permissions,
                $"'{path}' belongs to user {owner}, and this process runs as user {DurableFiles.EffectiveUser}.");
        }
    }
}
