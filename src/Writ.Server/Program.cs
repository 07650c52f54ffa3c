using Writ.Server.Hosting;

return await WritdCommands.Run(args, Console.Out, Console.Error);
