import { type DynamicModule, Module } from '@nestjs/common';

import type { Model } from '../server-parts/openModel.ts';
import type { ServerLog } from '../server-parts/serverLog.ts';
import { AnswersController } from './AnswersController.ts';
import { AnswersService } from './AnswersService.ts';

@Module({})
export class AnswersModule {
  static of(log: ServerLog, model: Model): DynamicModule {
    return {
      module: AnswersModule,
      controllers: [AnswersController],
      providers: [AnswersService, { provide: 'LOG', useValue: log }, { provide: 'MODEL', useValue: model }],
    };
  }
}
